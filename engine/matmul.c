/* matmul: see the header. Two phases in one run of the pool: the activations are brought to the
 * forms that the jobs need, then threads take chunks of rows, whoever is free the next, so that a
 * core that is busy with something else delays nobody. */
#include "engine/matmul.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/mem.h"
#include "engine/kernels/kernels.h"

struct matmul_scratch {
    size_t max_tokens, max_n_in;
    char *act[ACT_TYPES];            /* [max_tokens] rows in each form */
    const void **x;                  /* [n_threads][max_tokens] the rows of the job at hand */
    char *work;                      /* [n_threads][KERNEL_WORK_BYTES] */
    _Alignas(64) atomic_size_t next; /* the next chunk to take */
};

struct call {
    struct pool *pool;
    struct matmul_scratch *s;
    const struct matmul_job *jobs;
    size_t n_jobs, n_tokens, n, ldx;
    const float *x;
    bool needs[ACT_TYPES];
};

enum { CHUNK = 32 }; /* rows taken at once */

struct matmul_scratch *matmul_scratch_new(struct pool *p, size_t max_tokens, size_t max_n_in) {
    struct matmul_scratch *s = mem_aligned(64, sizeof *s);
    size_t n_threads = (size_t)pool_size(p);
    *s = (struct matmul_scratch){.max_tokens = max_tokens, .max_n_in = max_n_in};
    s->act[ACT_Q8] = mem_aligned(64, max_tokens * act_row_bytes(ACT_Q8, (max_n_in + 31) / 32 * 32));
    s->act[ACT_BF16] = mem_aligned(64, max_tokens * act_row_bytes(ACT_BF16, max_n_in));
    s->x = mem_array(n_threads * max_tokens, sizeof *s->x);
    s->work = mem_aligned(64, n_threads * KERNEL_WORK_BYTES);
    return s;
}

void matmul_scratch_free(struct matmul_scratch *s) {
    if (!s) return;
    for (int a = 0; a < ACT_TYPES; a++) free(s->act[a]);
    free(s->x);
    free(s->work);
    free(s);
}

static size_t job_tokens(const struct call *c, const struct matmul_job *j) {
    return j->rows ? j->n_rows : c->n_tokens;
}

static const struct mul_kernel *job_kernel(const struct call *c, const struct matmul_job *j) {
    const struct mul_kernel *few = &kernels()->by_type[j->w->type].few,
                            *many = &kernels()->by_type[j->w->type].many;
    return many->run && job_tokens(c, j) >= many->min_tokens ? many : few;
}

static void convert(struct call *c, int i, int n) {
    size_t begin, end;
    pool_share(c->n_tokens, 1, i, n, &begin, &end);
    for (int a = ACT_F32 + 1; a < ACT_TYPES; a++) {
        if (!c->needs[a]) continue;
        size_t bytes = act_row_bytes((enum act_type)a, c->n);
        for (size_t t = begin; t < end; t++)
            kernels()->to_act[a](c->x + t * c->ldx, c->s->act[a] + t * bytes, c->n);
    }
}

/* The activation rows of job j in the form of its kernel. */
static void gather(const struct call *c, const struct matmul_job *j, enum act_type act,
                   const void **x) {
    size_t n = job_tokens(c, j), bytes = act_row_bytes(act, c->n);
    for (size_t t = 0; t < n; t++) {
        size_t row = j->rows ? j->rows[t] : t;
        x[t] = act == ACT_F32 ? (const void *)(c->x + row * c->ldx) : c->s->act[act] + row * bytes;
    }
}

static void multiply(const struct call *c, const struct matmul_job *j, const void **x, char *work,
                     size_t row) {
    const struct tensor *w = j->w;
    size_t left = w->ne[1] - row;
    struct mul m = {.w = (const char *)tensor_slice(w, j->slice) + row * w->row_bytes,
                    .row_bytes = w->row_bytes,
                    .n_rows = left < CHUNK ? left : CHUNK,
                    .n = w->ne[0],
                    .n_tokens = job_tokens(c, j),
                    .x = x,
                    .y = j->y + row,
                    .ldy = j->ldy,
                    .work = work};
    job_kernel(c, j)->run(&m);
}

static void run(void *arg, int i, int n) {
    struct call *c = arg;
    struct matmul_scratch *s = c->s;
    const void **x = s->x + (size_t)i * s->max_tokens;
    if (c->n_tokens > 1) {
        convert(c, i, n);
        pool_barrier(c->pool);
    }
    size_t chunk = atomic_fetch_add(&s->next, 1), first = 0;
    for (const struct matmul_job *j = c->jobs; j < c->jobs + c->n_jobs; j++) {
        size_t chunks = job_tokens(c, j) ? (j->w->ne[1] + CHUNK - 1) / CHUNK : 0;
        if (chunk < first + chunks) gather(c, j, job_kernel(c, j)->act, x);
        for (; chunk < first + chunks; chunk = atomic_fetch_add(&s->next, 1))
            multiply(c, j, x, s->work + (size_t)i * KERNEL_WORK_BYTES, (chunk - first) * CHUNK);
        first += chunks;
    }
}

void matmul_jobs(struct pool *p, struct matmul_scratch *s, const struct matmul_job *jobs,
                 size_t n_jobs, const float *x, size_t ldx, size_t n_tokens) {
    if (!n_jobs || !n_tokens) return;
    struct call c = {.pool = p,
                     .s = s,
                     .jobs = jobs,
                     .n_jobs = n_jobs,
                     .n_tokens = n_tokens,
                     .n = jobs[0].w->ne[0],
                     .ldx = ldx,
                     .x = x};
    assert(n_tokens <= s->max_tokens && c.n <= s->max_n_in);
    for (size_t j = 0; j < n_jobs; j++) {
        assert(jobs[j].w->ne[0] == c.n);
        assert(!jobs[j].rows || jobs[j].n_rows <= s->max_tokens);
        c.needs[job_kernel(&c, &jobs[j])->act] = true;
    }
    atomic_store(&s->next, 0);
    if (n_tokens == 1) convert(&c, 0, 1);
    pool_run(p, run, &c);
}

void matmul(struct pool *p, struct matmul_scratch *s, const struct tensor *w, const float *x,
            size_t n_tokens, float *y) {
    struct matmul_job job = {.w = w, .y = y, .ldy = w->ne[1]};
    matmul_jobs(p, s, &job, 1, x, w->ne[0], n_tokens);
}
