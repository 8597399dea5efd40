#ifndef CZEROMQ_SHIM_H
#define CZEROMQ_SHIM_H

#include <zmq.h>

// Swift's Glibc module leaves out these headers and, as it does not define _GNU_SOURCE, these functions.
#include <ifaddrs.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
int accept4(int descriptor, struct sockaddr *address, socklen_t *length, int flags);

// zmq.h declares this option for draft builds only, yet every 4.3 library knows it (options.cpp, no condition).
#ifndef ZMQ_ZAP_ENFORCE_DOMAIN
#define ZMQ_ZAP_ENFORCE_DOMAIN 93
#endif

#endif
