#ifndef CTHREADS_SHIM_H
#define CTHREADS_SHIM_H

// Swift's Glibc module leaves out this header and, as it does not define _GNU_SOURCE, this function.
#include <pthread.h>
#include <sys/eventfd.h>
int pthread_setname_np(pthread_t thread, const char *name);

#endif
