"""The zoo.  A variant is written as what it changes.

lstm        Hochreiter & Schmidhuber 1997 with the forget gate of Gers, Schmidhuber & Cummins 2000
gru, gru_v1 Cho et al. 2014: reset after the product (arXiv 1406.1078v1; as PyTorch and cuDNN compute it), and before it
            (v3, equation 8; its name here is older than this note)
peephole    Gers & Schmidhuber 2000; the "vanilla LSTM" of Greff et al. 2017, "LSTM: A Search Space Odyssey", section 2
nig ... fgr Greff et al. 2017, section 4: the vanilla LSTM with one thing changed
cifg        coupled gates, i = 1 - f; the third change of Greff et al., here made to the LSTM without peepholes
lstm1997    Hochreiter & Schmidhuber 1997: before there was a forget gate
mgu         Zhou et al. 2016, "Minimal Gated Unit for Recurrent Neural Networks", equation 7: one gate for both tasks
mut1 ...    Jozefowicz et al. 2015, "An Empirical Exploration of Recurrent Network Architectures", section 3.4; where
            they add x itself to vectors of H, D must be H, or x is taken with zeros added, or cut: I @ x
clockwork   Koutník et al. 2014, "A Clockwork RNN", equations 1 to 3: units that work each at a period of their own

Beside these, cells that read the cell below them, so for a stack only: see compose.
depth_gated Yao et al. 2015, "Depth-Gated LSTM", equations 6 to 11: a gate from the cell state below
grid        Kalchbrenner et al. 2015, "Grid Long Short-Term Memory", section 3: one LSTM along time (its names end in
            _time, its parameters' first index is 1) and one along depth, both reading h from the left and from below
grid_input  what a grid's lowest row reads: x, brought to H
"""
from .cell import Cell

RNN = Cell("rnn", "h = tanh(W_h @ x + U_h @ h_prev + b_h)")

LSTM = Cell("lstm", """
f = sigmoid(W_f @ x + U_f @ h_prev + b_f)
i = sigmoid(W_i @ x + U_i @ h_prev + b_i)
c_tilde = tanh(W_c @ x + U_c @ h_prev + b_c)
c = f * c_prev + i * c_tilde
o = sigmoid(W_o @ x + U_o @ h_prev + b_o)
h = o * tanh(c)
""")

GRU = Cell("gru", """
r = sigmoid(W_r @ x + U_r @ h_prev + b_r)
z = sigmoid(W_z @ x + U_z @ h_prev + b_z)
n = tanh(W_n @ x + b_n + r * (U_n @ h_prev + b_m))
h = (1 - z) * n + z * h_prev
""")
GRU_V1 = GRU.edit("gru_v1", n="tanh(W_n @ x + U_n @ (r * h_prev) + b_n)")

COUPLED = LSTM.edit("cifg", i="1 - f")
LSTM_1997 = LSTM.edit("lstm1997", f=None, c="c_prev + i * c_tilde")

PEEPHOLE = LSTM.edit(
    "peephole",
    f="sigmoid(W_f @ x + U_f @ h_prev + p_f * c_prev + b_f)",
    i="sigmoid(W_i @ x + U_i @ h_prev + p_i * c_prev + b_i)",
    o="sigmoid(W_o @ x + U_o @ h_prev + p_o * c + b_o)",
)
NO_INPUT_GATE = PEEPHOLE.edit("nig", i=None, c="f * c_prev + c_tilde")
NO_FORGET_GATE = PEEPHOLE.edit("nfg", f=None, c="c_prev + i * c_tilde")
NO_OUTPUT_GATE = PEEPHOLE.edit("nog", o=None, h="tanh(c)")
NO_INPUT_ACTIVATION = PEEPHOLE.edit("niaf", c_tilde="W_c @ x + U_c @ h_prev + b_c")
NO_OUTPUT_ACTIVATION = PEEPHOLE.edit("noaf", h="o * c")
NO_PEEPHOLES = PEEPHOLE.edit(
    "np",
    f="sigmoid(W_f @ x + U_f @ h_prev + b_f)",
    i="sigmoid(W_i @ x + U_i @ h_prev + b_i)",
    o="sigmoid(W_o @ x + U_o @ h_prev + b_o)",
)
FULL_GATE_RECURRENCE = PEEPHOLE.edit(
    "fgr",
    f="sigmoid(W_f @ x + U_f @ h_prev + U_ff @ f_prev + U_fi @ i_prev + U_fo @ o_prev + p_f * c_prev + b_f)",
    i="sigmoid(W_i @ x + U_i @ h_prev + U_if @ f_prev + U_ii @ i_prev + U_io @ o_prev + p_i * c_prev + b_i)",
    o="sigmoid(W_o @ x + U_o @ h_prev + U_of @ f_prev + U_oi @ i_prev + U_oo @ o_prev + p_o * c + b_o)",
)

MGU = Cell("mgu", """
f = sigmoid(W_f @ x + U_f @ h_prev + b_f)
n = tanh(W_n @ x + U_n @ (f * h_prev) + b_n)
h = (1 - f) * h_prev + f * n
""", GRU_V1)
MUT_1 = GRU_V1.edit(
    "mut1",
    z="sigmoid(W_z @ x + b_z)",
    n="tanh(U_n @ (r * h_prev) + tanh(I @ x) + b_n)",
    h="z * n + (1 - z) * h_prev",
)
MUT_2 = GRU_V1.edit(
    "mut2",
    r="sigmoid(I @ x + U_r @ h_prev + b_r)",
    h="z * n + (1 - z) * h_prev",
)
MUT_3 = GRU_V1.edit(
    "mut3",
    z="sigmoid(W_z @ x + U_z @ tanh(h_prev) + b_z)",
    h="z * n + (1 - z) * h_prev",
)

CLOCKWORK = Cell("clockwork", """
n = tanh(W_n @ x + R_n @ h_prev + b_n)
h = tick * n + (1 - tick) * h_prev
""", RNN, periods=(1, 2, 4, 8))

DEPTH_GATED = PEEPHOLE.edit(
    "depth_gated",
    d="sigmoid(W_d @ x + p_d * c_prev + p_l * c_below + b_d)",
    c="f * c_prev + i * c_tilde + d * c_below",
)
GRID = Cell("grid", """
f_time = sigmoid(U_f11 @ h_time_prev + U_f12 @ h_below + b_f1)
i_time = sigmoid(U_i11 @ h_time_prev + U_i12 @ h_below + b_i1)
c_time_tilde = tanh(U_c11 @ h_time_prev + U_c12 @ h_below + b_c1)
c_time = f_time * c_time_prev + i_time * c_time_tilde
o_time = sigmoid(U_o11 @ h_time_prev + U_o12 @ h_below + b_o1)
h_time = tanh(o_time * c_time)
f = sigmoid(U_f21 @ h_time_prev + U_f22 @ h_below + b_f2)
i = sigmoid(U_i21 @ h_time_prev + U_i22 @ h_below + b_i2)
c_tilde = tanh(U_c21 @ h_time_prev + U_c22 @ h_below + b_c2)
c = f * c_below + i * c_tilde
o = sigmoid(U_o21 @ h_time_prev + U_o22 @ h_below + b_o2)
h = tanh(o * c)
""")
GRID_INPUT = Cell("grid_input", """
h = W_h @ x + b_h
c = W_c @ x + b_c
""")

CELLS = {
    cell.name: cell
    for cell in (
        RNN, LSTM, GRU, GRU_V1, PEEPHOLE, COUPLED, LSTM_1997, NO_INPUT_GATE, NO_FORGET_GATE, NO_OUTPUT_GATE,
        NO_INPUT_ACTIVATION, NO_OUTPUT_ACTIVATION, NO_PEEPHOLES, FULL_GATE_RECURRENCE, MGU, MUT_1, MUT_2, MUT_3,
        CLOCKWORK,
    )
}
