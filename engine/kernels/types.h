/* types: the quantized types as the kernel files list them:
 * X(NAME, name, bytes of 256 weights, whether the codes of unpack_{avx2,neon}.h are signed,
 *   weights that share a scale) */
#ifndef ENGINE_KERNELS_TYPES_H
#define ENGINE_KERNELS_TYPES_H

#define QUANTIZED_TYPES(X)                                                                         \
    X(Q4_0, q4_0, 144, 0, 32)                                                                      \
    X(Q4_1, q4_1, 160, 0, 32)                                                                      \
    X(Q5_0, q5_0, 176, 0, 32)                                                                      \
    X(Q5_1, q5_1, 192, 0, 32)                                                                      \
    X(Q8_0, q8_0, 272, 1, 32)                                                                      \
    X(Q2_K, q2_k, 84, 0, 16)                                                                       \
    X(Q3_K, q3_k, 110, 0, 16)                                                                      \
    X(Q4_K, q4_k, 144, 0, 32)                                                                      \
    X(Q5_K, q5_k, 176, 0, 32)                                                                      \
    X(Q6_K, q6_k, 210, 0, 16)                                                                      \
    X(IQ4_NL, iq4_nl, 144, 1, 32)                                                                  \
    X(IQ4_XS, iq4_xs, 136, 1, 32)                                                                  \
    X(MXFP4, mxfp4, 136, 0, 32)

#endif
