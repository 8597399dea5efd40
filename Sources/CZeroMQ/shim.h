#ifndef CZEROMQ_SHIM_H
#define CZEROMQ_SHIM_H

#include <zmq.h>

// Swift's Glibc module leaves out this header and, as it does not define _GNU_SOURCE, this function.
#include <pthread.h>
#include <sys/eventfd.h>
int pthread_setname_np(pthread_t thread, const char *name);

// zmq.h declares this option for draft builds only, yet every 4.3 library knows it (options.cpp, no condition).
#ifndef ZMQ_ZAP_ENFORCE_DOMAIN
#define ZMQ_ZAP_ENFORCE_DOMAIN 93
#endif

#endif
