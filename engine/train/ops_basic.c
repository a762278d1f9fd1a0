/* ops_basic: RMSNorm, rotary positions, SwiGLU, expert routing and the log-probability of the
 * targets, each forward and backward, and the table that holds them. Shapes are in ops.h. */
#include "engine/train/ops_parts.h"

#include <math.h>
#include <stddef.h>

OPS_HOT static void rmsnorm(int n, int d, const float *x, int ldx, const float *w, float eps,
                            float *y, float *rstd) {
    for (int i = 0; i < n; i++) {
        const float *row = x + (size_t)i * ldx;
        float *out = y + (size_t)i * d, sum = 0;
        for (int j = 0; j < d; j++) sum += row[j] * row[j];
        float r = 1.0f / sqrtf(sum / (float)d + eps);
        for (int j = 0; j < d; j++) out[j] = row[j] * r * w[j];
        rstd[i] = r;
    }
}

/* With u = x·rstd: d_x = rstd·(d_y∘w − u·mean(d_y∘w∘u)), d_w = Σ d_y∘u. */
OPS_HOT static void rmsnorm_back(int n, int d, const float *x, int ldx, const float *w,
                                 const float *rstd, const float *d_y, float *d_x, int lddx,
                                 bool add, float *d_w) {
    for (int i = 0; i < n; i++) {
        const float *row = x + (size_t)i * ldx, *g = d_y + (size_t)i * d;
        float *out = d_x + (size_t)i * lddx, r = rstd[i], sum = 0;
        for (int j = 0; j < d; j++) sum += g[j] * w[j] * row[j];
        float mean = sum * r * r / (float)d;
        for (int j = 0; j < d; j++) d_w[j] += g[j] * row[j] * r; /* first: d_x may be d_y */
        if (add)
            for (int j = 0; j < d; j++) out[j] += r * (g[j] * w[j] - row[j] * mean);
        else
            for (int j = 0; j < d; j++) out[j] = r * (g[j] * w[j] - row[j] * mean);
    }
}

static void rope(int n, int heads, int rot, int stride, float *x, int ldx, const int *pos,
                 const float *cs, float sign) {
    for (int i = 0; i < n; i++) {
        const float *angle = cs + (size_t)pos[i] * rot;
        for (int h = 0; h < heads; h++) {
            float *v = x + (size_t)i * ldx + (size_t)h * stride;
            for (int j = 0; j < rot; j += 2) {
                float c = angle[j], s = angle[j + 1] * sign, a = v[j], b = v[j + 1];
                v[j] = a * c - b * s;
                v[j + 1] = a * s + b * c;
            }
        }
    }
}

OPS_HOT static void swiglu(int n, int f, const float *gu, float *y) {
    for (int i = 0; i < n; i++) {
        const float *g = gu + (size_t)i * 2 * f, *u = g + f;
        float *out = y + (size_t)i * f;
        for (int j = 0; j < f; j++) out[j] = g[j] * ops_sigmoid(g[j]) * u[j];
    }
}

/* silu'(g) = s·(1 + g·(1 − s)), s = sigmoid(g). */
OPS_HOT static void swiglu_back(int n, int f, const float *gu, const float *d_y, float *d_gu) {
    for (int i = 0; i < n; i++) {
        const float *g = gu + (size_t)i * 2 * f, *u = g + f, *dy = d_y + (size_t)i * f;
        float *dg = d_gu + (size_t)i * 2 * f, *du = dg + f;
        for (int j = 0; j < f; j++) {
            float s = ops_sigmoid(g[j]);
            du[j] = dy[j] * g[j] * s;
            dg[j] = dy[j] * u[j] * s * (1.0f + g[j] * (1.0f - s));
        }
    }
}

#define MAX_USED 8

static void route(int n, struct ops_router r, const float *z, const float *bias, int *idx,
                  float *w) {
    for (int i = 0; i < n; i++) {
        const float *zi = z + (size_t)i * r.n_expert;
        int *chosen = idx + (size_t)i * r.n_used;
        float *wi = w + (size_t)i * r.n_used, sum = 0;
        for (int u = 0; u < r.n_used; u++) {
            int best = -1;
            float best_score = 0;
            for (int e = 0; e < r.n_expert; e++) {
                bool taken = false;
                for (int t = 0; t < u; t++) taken |= chosen[t] == e;
                float score = 1.0f / (1.0f + expf(-zi[e])) + bias[e];
                if (!taken && (best < 0 || score > best_score)) best = e, best_score = score;
            }
            chosen[u] = best;
            wi[u] = 1.0f / (1.0f + expf(-zi[best]));
            sum += wi[u];
        }
        for (int u = 0; u < r.n_used; u++) wi[u] *= r.scale / sum;
    }
}

/* w_u = scale·p_u/Σp: d_p_u = (scale·d_w_u − Σ_t d_w_t·w_t)/Σp, and d_z = d_p·p·(1−p). */
static void route_back(int n, struct ops_router r, const float *z, const int *idx, const float *w,
                       const float *d_w, float *d_z) {
    for (int i = 0; i < n; i++) {
        const int *chosen = idx + (size_t)i * r.n_used;
        const float *wi = w + (size_t)i * r.n_used, *gi = d_w + (size_t)i * r.n_used;
        float *out = d_z + (size_t)i * r.n_expert, p[MAX_USED], sum = 0, dot = 0;
        for (int e = 0; e < r.n_expert; e++) out[e] = 0;
        for (int u = 0; u < r.n_used; u++) {
            p[u] = 1.0f / (1.0f + expf(-z[(size_t)i * r.n_expert + chosen[u]]));
            sum += p[u];
            dot += gi[u] * wi[u];
        }
        for (int u = 0; u < r.n_used; u++)
            out[chosen[u]] = (r.scale * gi[u] - dot) / sum * p[u] * (1.0f - p[u]);
    }
}

OPS_HOT static void logprob(int n, int v, const float *logits, const int *target, float *logp,
                            float *entropy) {
    for (int i = 0; i < n; i++) {
        const float *row = logits + (size_t)i * v;
        logp[i] = 0;
        if (entropy) entropy[i] = 0;
        if (target[i] < 0) continue;
        float top = row[0], sum = 0, weighted = 0;
        for (int j = 1; j < v; j++) top = row[j] > top ? row[j] : top;
        for (int j = 0; j < v; j++) {
            float e = ops_exp(row[j] - top);
            sum += e;
            weighted += e * (row[j] - top);
        }
        logp[i] = row[target[i]] - top - logf(sum);
        if (entropy) entropy[i] = logf(sum) - weighted / sum;
    }
}

/* d logp / d logit_j = [j = target] − softmax_j. */
OPS_HOT static void logprob_back(int n, int v, float *logits, const int *target,
                                 const float *coef) {
    for (int i = 0; i < n; i++) {
        float *row = logits + (size_t)i * v;
        if (target[i] < 0 || coef[i] == 0) {
            memset(row, 0, sizeof(float) * (size_t)v);
            continue;
        }
        float top = row[0], sum = 0;
        for (int j = 1; j < v; j++) top = row[j] > top ? row[j] : top;
        for (int j = 0; j < v; j++) {
            row[j] = ops_exp(row[j] - top);
            sum += row[j];
        }
        float scale = -coef[i] / sum;
        for (int j = 0; j < v; j++) row[j] *= scale;
        row[target[i]] += coef[i];
    }
}

const struct ops ops_shared = {
    .name = "shared",
    .rmsnorm = rmsnorm,
    .rmsnorm_back = rmsnorm_back,
    .rope = rope,
    .attention = ops_attention_forward,
    .attention_back = ops_attention_backward,
    .swiglu = swiglu,
    .swiglu_back = swiglu_back,
    .route = route,
    .route_back = route_back,
    .logprob = logprob,
    .logprob_back = logprob_back,
};
