/* muon: an optimizer for matrices that makes every direction of the step equally large.
 *
 * The momentum of a weight matrix is replaced by the nearest matrix with all singular values about
 * 1, found by five Newton-Schulz steps (Jordan et al. 2024); scaled by 0.2·sqrt(max(rows, cols))
 * its entries have the size of an AdamW step, so both share rate and decay (Liu et al., "Muon is
 * scalable for LLM training", arXiv 2502.16982). Small models learn from markedly fewer tokens
 * with it, and the products it needs are few beside those of a batch. */
#ifndef TRAIN_MUON_H
#define TRAIN_MUON_H

#include <stddef.h>

#include "engine/train/ops.h"

/* x [rows][cols] becomes about U·Vᵀ of its singular value decomposition. */
void muon_orthogonalize(const struct ops *o, int rows, int cols, float *x);

/* One matrix: g is the gradient of what is to grow, times scale; m the momentum. */
void muon_update(const struct ops *o, int rows, int cols, float rate, float momentum, float decay,
                 float scale, const float *g, float *m, float *w);

#endif
