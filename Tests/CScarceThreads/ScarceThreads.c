#define _GNU_SOURCE
#include "ScarceThreads.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

typedef void *Body(void *);
typedef int Create(pthread_t *, const pthread_attr_t *, Body *, void *);

struct Thread {
    Body *body;
    void *argument;
};

static Create *create;
static atomic_long left;

__attribute__((constructor)) static void start(void) {
    const char *count = getenv("SCARCE_THREADS");
    create = (Create *)dlsym(RTLD_NEXT, "pthread_create");
    atomic_store(&left, count ? atol(count) : 0);
}

static void *run(void *started) {
    struct Thread thread = *(struct Thread *)started;
    free(started);
    void *result = thread.body(thread.argument);
    atomic_fetch_add(&left, 1);
    return result;
}

int pthread_create(pthread_t *id, const pthread_attr_t *attributes, Body *body, void *argument) {
    struct Thread *thread = malloc(sizeof *thread);
    if (!thread) return EAGAIN;
    *thread = (struct Thread){body, argument};
    int code = atomic_fetch_sub(&left, 1) > 0 ? create(id, attributes, run, thread) : EAGAIN;
    if (code) {
        atomic_fetch_add(&left, 1);
        free(thread);
    }
    return code;
}
