"""The zoo.  A variant is written as what it changes.

lstm        Hochreiter & Schmidhuber 1997 with the forget gate of Gers, Schmidhuber & Cummins 2000
gru, gru_v1 Cho et al. 2014: reset after the product (as PyTorch and cuDNN compute it), and before it (arXiv v1, eq. 8)
peephole    Gers & Schmidhuber 2000; the "vanilla LSTM" of Greff et al. 2017, "LSTM: A Search Space Odyssey", section 2
nig ... fgr Greff et al. 2017, section 4: the vanilla LSTM with one thing changed
cifg        coupled gates, i = 1 - f; the third change of Greff et al., here made to the LSTM without peepholes
lstm1997    Hochreiter & Schmidhuber 1997: before there was a forget gate
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

CELLS = {
    cell.name: cell
    for cell in (
        RNN, LSTM, GRU, GRU_V1, PEEPHOLE, COUPLED, LSTM_1997, NO_INPUT_GATE, NO_FORGET_GATE, NO_OUTPUT_GATE,
        NO_INPUT_ACTIVATION, NO_OUTPUT_ACTIVATION, NO_PEEPHOLES, FULL_GATE_RECURRENCE,
    )
}
