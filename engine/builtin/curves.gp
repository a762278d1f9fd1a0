# The loss of the supervised training and of its MTP module, from sft.tsv beside this file.
set terminal pngcairo size 900,500
set output out
set xlabel 'million tokens'
set ylabel 'nats per token'
set logscale y
set grid
plot 'engine/builtin/sft.tsv' using ($2/1e6):3 with lines title 'loss', \
     '' using ($2/1e6):4 with lines title 'MTP loss'
