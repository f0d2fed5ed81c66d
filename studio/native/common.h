/* What the C sources share: how threads divide work and wait for one another, exp, and
   the parts of attention that do not depend on how keys are kept. */

#ifndef VOICE_STUDIO_COMMON_H
#define VOICE_STUDIO_COMMON_H

#include <math.h>
#include <omp.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#define BREATHE() _mm_pause()
#else
#define BREATHE() ((void)0)
#endif

static inline void share(int count, int *first, int *end) { /* this thread's part of `count` */
    int threads = omp_get_num_threads(), me = omp_get_thread_num();
    *first = (int)((int64_t)count * me / threads);
    *end = (int)((int64_t)count * (me + 1) / threads);
}

/* Where threads wait for one another. A core that other programs want is given up soon: the thread
   that is waited for may be one that waits for this core. */
typedef struct {
    atomic_int arrived, round;
} Meeting;

enum { PATIENCE = 4000 };

static inline void meet(Meeting *at) {
    int round = atomic_load(&at->round);
    if (atomic_fetch_add(&at->arrived, 1) + 1 == omp_get_num_threads()) {
        atomic_store(&at->arrived, 0);
        atomic_store(&at->round, round + 1);
        return;
    }
    for (int turns = 0; atomic_load(&at->round) == round; turns++)
        if (turns < PATIENCE)
            BREATHE();
        else
            sched_yield();
}

/* Unlike fmaxf and fminf these are one instruction, and loops over them become vectors. */
static inline float larger_of(float a, float b) { return a > b ? a : b; }
static inline float smaller_of(float a, float b) { return a < b ? a : b; }

static inline float exponential(float x) { /* within 2e-7 of the true value, for x <= 88 */
    x = larger_of(x, -87.0f);
    float steps = rintf(x * 1.44269504f);
    float rest = x - steps * 0.693359375f + steps * 2.12194440e-4f;
    float sum = 1.9875691500e-4f;
    sum = sum * rest + 1.3981999507e-3f;
    sum = sum * rest + 8.3334519073e-3f;
    sum = sum * rest + 4.1665795894e-2f;
    sum = sum * rest + 1.6666665459e-1f;
    sum = sum * rest + 5.0000001201e-1f;
    sum = sum * rest * rest + rest + 1.0f;
    int32_t bits = ((int32_t)steps + 127) << 23;
    float power;
    memcpy(&power, &bits, 4);
    return sum * power;
}

/* Scores to weights, whose sum it returns; the largest score becomes 1. */
static inline float soften(float *scores, int count, float largest) {
    float sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int i = 0; i < count; i++) {
        scores[i] = exponential(scores[i] - largest);
        sum += scores[i];
    }
    return sum;
}

/* Rotary positions on neighbouring pairs, by cosines and sines; `out` may be `head`. */
static inline void turn(const float *head, const float *rotation, int width, float *out) {
    for (int i = 0; i < width; i += 2) {
        float real = head[i], imaginary = head[i + 1];
        out[i] = real * rotation[i] - imaginary * rotation[i + 1];
        out[i + 1] = real * rotation[i + 1] + imaginary * rotation[i];
    }
}

#endif
