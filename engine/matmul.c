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
#include "engine/quant.h"

struct matmul_scratch {
    size_t max_tokens, max_n_in;
    bool exact;
    const atomic_bool *stop;         /* NULL: never */
    char *act[ACT_TYPES];            /* the tokens of a call in each form; [ACT_F32] is NULL */
    const void **x;                  /* [n_threads][max_tokens] the rows of the job at hand */
    char *gathered;                  /* [n_threads][GATHER_BYTES] tiles of chosen rows */
    char *work;                      /* [n_threads][KERNEL_WORK_BYTES] */
    _Alignas(64) atomic_size_t next; /* the next chunk to take */
};

struct call {
    struct pool *pool;
    struct matmul_scratch *s;
    const struct matmul_job *jobs;
    size_t n_jobs, n_tokens, n, ldx;
    size_t chunk; /* rows taken at once */
    const float *x;
    bool needs[ACT_TYPES];
};

enum { CHUNK_MIN = 32, CHUNK_MAX = 256, GROUP = 16 }; /* rows taken at once; tokens of a tile */
#define GATHER_BYTES ((size_t)1 << 20)                /* tokens of a job beyond that go by turns */

/* Bytes for the tiles of chosen rows: one group at the least. */
static size_t gather_bytes(size_t n) {
    size_t group = act_bytes(ACT_TILES, n);
    return group > GATHER_BYTES ? group : GATHER_BYTES;
}

struct matmul_scratch *matmul_scratch_new(struct pool *p, size_t max_tokens, size_t max_n_in) {
    struct matmul_scratch *s = mem_aligned(64, sizeof *s);
    size_t n_threads = (size_t)pool_size(p), groups = (max_tokens + GROUP - 1) / GROUP;
    *s = (struct matmul_scratch){.max_tokens = max_tokens, .max_n_in = max_n_in};
    s->act[ACT_Q8] = mem_aligned(64, max_tokens * act_bytes(ACT_Q8, (max_n_in + 31) / 32 * 32));
    s->act[ACT_TILES] = mem_aligned(64, groups * act_bytes(ACT_TILES, max_n_in));
    s->x = mem_array(n_threads * max_tokens, sizeof *s->x);
    s->gathered = mem_aligned(64, n_threads * gather_bytes(max_n_in));
    s->work = mem_aligned(64, n_threads * KERNEL_WORK_BYTES);
    return s;
}

void matmul_be_exact(struct matmul_scratch *s) { s->exact = true; }
void matmul_stop_on(struct matmul_scratch *s, const atomic_bool *stop) { s->stop = stop; }

void matmul_scratch_free(struct matmul_scratch *s) {
    if (!s) return;
    for (int a = 0; a < ACT_TYPES; a++) free(s->act[a]);
    free(s->x);
    free(s->gathered);
    free(s->work);
    free(s);
}

static size_t job_tokens(const struct call *c, const struct matmul_job *j) {
    return j->rows ? j->n_rows : c->n_tokens;
}

/* The exact product: weights unpacked to F32, activations as they are. */
static void multiply_f32(const struct mul *m) {
    const struct quant_type *q = quant_type(m->type);
    float *row = m->work;
    size_t piece = KERNEL_WORK_BYTES / sizeof *row;
    for (size_t r = 0; r < m->n_rows; r++) {
        const char *w = (const char *)m->w + r * m->row_bytes;
        for (size_t i = 0; i < m->n; i += piece) {
            size_t n = m->n - i < piece ? m->n - i : piece;
            q->dequantize(w + i / q->block * q->bytes, row, n);
            for (size_t t = 0; t < m->n_tokens; t++) {
                float *y = &m->y[t * m->ldy + r];
                *y = (i ? *y : 0) + kernels()->dot_f32(row, (const float *)m->x[t] + i, n);
            }
        }
    }
}

static const struct mul_kernel exact_kernel = {.act = ACT_F32, .run = multiply_f32};

static const struct mul_kernel *job_kernel(const struct call *c, const struct matmul_job *j) {
    if (c->s->exact) return &exact_kernel;
    const struct mul_kernel *few = &kernels()->by_type[j->w->type].few,
                            *many = &kernels()->by_type[j->w->type].many;
    return many->run && job_tokens(c, j) >= many->min_tokens ? many : few;
}

/* -- activations ------------------------------------------------------------------------------- */

static const float *row_of(const struct call *c, const struct matmul_job *j, size_t token) {
    return c->x + (j && j->rows ? j->rows[token] : token) * c->ldx;
}

/* Tokens [begin, end) of job j (NULL: of the call) to tiles. */
static void to_tiles(const struct call *c, const struct matmul_job *j, size_t begin, size_t end,
                     char *out) {
    const float *x[GROUP];
    for (size_t t = begin; t < end; t += GROUP, out += act_bytes(ACT_TILES, c->n)) {
        size_t n = end - t < GROUP ? end - t : GROUP;
        for (size_t i = 0; i < n; i++) x[i] = row_of(c, j, t + i);
        kernels()->to_tiles(x, n, out, c->n);
    }
}

static void convert(struct call *c, int i, int n) {
    size_t begin, end;
    if (c->needs[ACT_Q8]) {
        size_t bytes = act_bytes(ACT_Q8, c->n);
        pool_share(c->n_tokens, 1, i, n, &begin, &end);
        for (size_t t = begin; t < end; t++)
            kernels()->to_q8(c->x + t * c->ldx, c->s->act[ACT_Q8] + t * bytes, c->n);
    }
    if (c->needs[ACT_TILES]) {
        pool_share(c->n_tokens, GROUP, i, n, &begin, &end);
        to_tiles(c, NULL, begin, end,
                 c->s->act[ACT_TILES] + begin / GROUP * act_bytes(ACT_TILES, c->n));
    }
}

/* -- products ---------------------------------------------------------------------------------- */

/* What a thread knows of the job it works on. */
struct at {
    const struct call *c;
    const struct matmul_job *job;
    const struct mul_kernel *kernel;
    size_t begin, end; /* the tokens that x points to */
    const void **x;
    char *gathered, *work;
};

/* Points x to the tokens from `begin` on: all of them, but of chosen rows in tiles no more than
 * the thread has room for. */
static void gather(struct at *at, size_t begin) {
    const struct call *c = at->c;
    enum act_type act = at->kernel->act;
    size_t all = job_tokens(c, at->job), bytes = act_bytes(act, c->n), step = 1;
    const char *base = act == ACT_F32 ? (const char *)c->x : c->s->act[act];
    at->begin = begin;
    at->end = all;
    if (act == ACT_F32) bytes = c->ldx * sizeof(float);
    if (act == ACT_TILES) step = GROUP;
    if (act == ACT_TILES && at->job->rows) {
        size_t room = gather_bytes(c->n) / bytes * GROUP;
        if (all - begin > room) at->end = begin + room;
        to_tiles(c, at->job, begin, at->end, at->gathered);
        base = at->gathered;
    }
    bool chosen = at->job->rows && act != ACT_TILES;
    for (size_t t = begin; t < at->end; t++)
        at->x[t - begin] = base + (chosen ? at->job->rows[t] : (t - begin) / step) * bytes;
}

static void multiply(struct at *at, size_t row) {
    const struct matmul_job *j = at->job;
    const struct tensor *w = j->w;
    size_t all = job_tokens(at->c, j), left = w->ne[1] - row;
    for (size_t t = 0; t < all; t = at->end) {
        if (at->begin != t) gather(at, t);
        at->kernel->run(&(struct mul){
            .type = w->type,
            .w = (const char *)tensor_slice(w, j->slice) + row * w->row_bytes,
            .row_bytes = w->row_bytes,
            .n_rows = left < at->c->chunk ? left : at->c->chunk,
            .n = w->ne[0],
            .n_tokens = at->end - t,
            .x = at->x,
            .y = j->y + t * j->ldy + row,
            .ldy = j->ldy,
            .work = at->work,
        });
    }
}

static void run(void *arg, int i, int n) {
    struct call *c = arg;
    struct matmul_scratch *s = c->s;
    struct at at = {.c = c,
                    .x = s->x + (size_t)i * s->max_tokens,
                    .gathered = s->gathered + (size_t)i * gather_bytes(s->max_n_in),
                    .work = s->work + (size_t)i * KERNEL_WORK_BYTES};
    if (c->n_tokens > 1) {
        convert(c, i, n);
        pool_barrier(c->pool);
    }
    size_t chunk = atomic_fetch_add(&s->next, 1), first = 0;
    for (const struct matmul_job *j = c->jobs; j < c->jobs + c->n_jobs; j++) {
        size_t chunks = job_tokens(c, j) ? (j->w->ne[1] + c->chunk - 1) / c->chunk : 0;
        if (chunk < first + chunks) {
            at.job = j;
            at.kernel = job_kernel(c, j);
            gather(&at, 0);
        }
        for (; chunk < first + chunks; chunk = atomic_fetch_add(&s->next, 1)) {
            if (s->stop && atomic_load_explicit(s->stop, memory_order_relaxed)) return;
            multiply(&at, (chunk - first) * c->chunk);
        }
        first += chunks;
    }
}

/* In prefill kernels keep tokens near while many rows pass, so chunks are as large as leaves every
 * thread several; in decoding small ones let threads finish together. */
static size_t chunk_of(const struct call *c) {
    size_t rows = 0;
    if (c->n_tokens < GROUP) return CHUNK_MIN;
    for (size_t j = 0; j < c->n_jobs; j++)
        if (job_tokens(c, &c->jobs[j])) rows += c->jobs[j].w->ne[1];
    size_t chunk = rows / ((size_t)pool_size(c->pool) * 4) / CHUNK_MIN * CHUNK_MIN;
    return chunk < CHUNK_MIN ? CHUNK_MIN : chunk > CHUNK_MAX ? CHUNK_MAX : chunk;
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
        enum act_type act = job_kernel(&c, &jobs[j])->act;
        if (act != ACT_TILES || !jobs[j].rows) c.needs[act] = true;
    }
    c.chunk = chunk_of(&c);
    atomic_store(&s->next, 0);
    if (n_tokens == 1) convert(&c, 0, 1);
    pool_run(p, run, &c);
}

void matmul(struct pool *p, struct matmul_scratch *s, const struct tensor *w, const float *x,
            size_t n_tokens, float *y) {
    struct matmul_job job = {.w = w, .y = y, .ldy = w->ne[1]};
    matmul_jobs(p, s, &job, 1, x, w->ne[0], n_tokens);
}
