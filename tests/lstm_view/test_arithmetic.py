"""= and ≈ between printed numbers, beside cases worked out with a calculator."""
import pytest

from lstm_view.text.arithmetic import equated


@pytest.mark.parametrize("text", [
    "0.858 × 0.800 ≈ 0.687", "0.858 × 0.8 = 0.686", "0.3 + 0.2 = 0.5", "0.3 − (−0.2) = 0.5", "1.005 × 0.5 = 0.50",
    "0.5 × 0.25 = 0.13", "−0.5 × 0.25 = −0.13", "tanh(1.12) = 0.808", "σ(1.8) = 0.858", "σ(1.8) ≈ 0.859",
    "σ(−40) = 4.2e−18", "0.31 × (1 − 0.8²) = 0.112", "1 − 0.42² = 0.824", "3·2 + 3·3 + 3 = 18", "4 · 1,234 = 4,936",
    "−(0.4) / 0.8 = −0.5", "0.1·(−0.2) + 0.3·0.4 = 0.1", "0.31 × (0.2 > 0) = 0.31", "ReLU(−3) = 0", "exp(0) = 1",
    "1e−5 × 3 = 3e−5", "0.30 (L) + 0.20 (t+1) = 0.50", "2 × 3 = 3 × 2", "0.3 × 0.3 ≈ 0.1 + 0.0",
    "0.9 × 0.5 = 0.45입니다", "0.9 × 0.51 ≈ 0.47만큼",
])
def test_a_sign_that_is_right_stays(text):
    assert equated(text) == text
    wrong = text.replace("≈", "#").replace("=", "≈").replace("#", "=")
    assert equated(wrong) == text


@pytest.mark.parametrize("text", [
    "h = 0.25", "f × C = 0.9 × 0.5", "x + 2 = 5", "2 + x = 5", "0.5 = f", "D = 3, H = 4", "at t = 3, f = 0.1",
    "cell=lstm&H=3", "b_f = 1", "C₁ = 2", "4 = 3 + x", "W_f.3 = 4", "a1 = 2", "2x = 4", "= 3", "3 =",
    "(3 = 4", "1 / 0 = 5", "x2 + 3 = 4", "1.5.2 = 3",
])
def test_a_side_with_a_letter_is_no_arithmetic(text):
    assert equated(text) == text


def test_signs_in_a_sentence_and_in_a_chain():
    assert equated("Unit 1 keeps 85.8 %: 0.858 × 0.800 = 0.687. Then 0.687 + 0.3 = 0.987, it says.") == (
        "Unit 1 keeps 85.8 %: 0.858 × 0.800 ≈ 0.687. Then 0.687 + 0.3 = 0.987, it says.")
    assert equated("h = o × tanh(C) = 0.9 × tanh(1.12) = 0.9 × 0.808 = 0.727") == (
        "h = o × tanh(C) = 0.9 × tanh(1.12) ≈ 0.9 × 0.808 = 0.727")
