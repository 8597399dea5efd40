/// A library for LD_PRELOAD that gives a process as many threads at a time as the environment's SCARCE_THREADS says,
/// beside its first: beyond them, pthread_create(3) fails with EAGAIN. The system's own limits do not bind the
/// superuser.
