"""Learning curves as a picture: every arm is there, means are over the same seeds, nothing is drawn from nothing."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.text import Text

from workbench.analysis.pictures.curves import Looks, draw_curves, save_curves
from workbench.analysis.results.frames import CURVE_COLUMNS
from workbench.errors import InputError


def curve(*cers, seed=0, architecture="small-cnn", regime="single", target="khatt", k=100, budget="1500 steps"):
    asked = {"architecture": architecture, "regime": regime, "target": target, "k": k, "budget": budget, "seed": seed}
    fixed = {"study": "made $up$", "conditions": "", "draw": 0}
    return [fixed | asked | {"step": 10 * (n + 1), "cer": cer} for n, cer in enumerate(cers)]


def table(*curves):
    return pd.DataFrame([row for rows in curves for row in rows], columns=list(CURVE_COLUMNS))


def test_a_panel_per_target_k_and_budget_and_a_line_per_arm():
    frame = table(
        *(
            curve(0.9, 0.5, architecture=name, regime=regime, target=target, k=k)
            for name in ("small-cnn", "small-crnn") for regime in ("single", "multi")
            for target in ("khatt", "uhwr") for k in (100, 500)
        )
    )  # fmt: skip
    figure = draw_curves(frame)
    titles = [axes.get_title() for axes in figure.axes]
    assert titles == [f"{name}, K = {k}, 1,500 steps" for k in (100, 500) for name in ("khatt", "uhwr")]
    looks = [{(line.get_color(), line.get_linestyle()) for line in axes.lines} for axes in figure.axes]
    assert all(len(each) == 4 for each in looks), "no two arms look alike"
    said = {text.get_text() for text in figure.findobj(Text)}
    assert {"Single-script", "Multi-script", "CNN-only (small)", "CRNN (small)"} <= said
    assert any("Study 'made $up$', one training each" in text for text in said)
    assert len(draw_curves(table(curve(0.5), curve(0.5, budget="40 epochs"))).axes) == 2


def test_styles_and_weights_mean_the_same_in_every_picture_whatever_comes_first():
    """CRNN solid, CNN-only dashed, others dash-dot and dotted; what others are compared with thin."""
    arms = [(name, regime) for name in ("small-cnn", "small-crnn") for regime in ("multi", "single")]
    figure = draw_curves(table(*(curve(0.9, 0.5, architecture=name, regime=regime) for name, regime in arms)))
    looks = [(line.get_linestyle(), line.get_linewidth()) for line in figure.axes[0].lines]
    assert looks == [("--", 1.7), ("--", 0.9), ("-", 1.7), ("-", 0.9)]
    key = {line.get_label(): line for line in figure.legends[0].get_lines()}
    assert key["Multi-script"].get_linewidth() > key["Single-script"].get_linewidth()
    assert (key["CRNN (small)"].get_linestyle(), key["CNN-only (small)"].get_linestyle()) == ("-", "--")
    styles = Looks.of([], ["small-transformer", "small-cnn", "small-crnn", "small-tcn"]).styles
    dash_dot, dotted = (0, (5, 1, 1, 1)), (0, (1, 1))
    assert (styles["small-crnn"], styles["small-transformer"], styles["small-tcn"]) == ("-", dash_dot, dotted)
    assert len(set(styles.values())) == 4


def test_the_mean_is_over_the_steps_that_all_seeds_have():
    frame = table(curve(0.8, 0.6, 0.4, seed=0), curve(0.6, 0.2, seed=1))
    figure = draw_curves(frame)
    (line,) = figure.axes[0].lines
    np.testing.assert_allclose(line.get_xdata(), [10, 20])
    np.testing.assert_allclose(line.get_ydata(), [70, 40])
    band = figure.axes[0].collections[0].get_paths()[0].vertices
    assert (band[:, 1].min(), band[:, 1].max()) == pytest.approx((20, 80))
    assert any("mean and range over 2 trainings" in text.get_text() for text in figure.findobj(Text))


def test_a_run_without_characters_to_read_has_no_curve():
    frame = table(curve(0.5), curve(float("nan"), seed=1))
    assert np.asarray(draw_curves(frame).axes[0].lines[0].get_ydata()).tolist() == [50.0]
    with pytest.raises(InputError, match="no run was validated yet"):
        draw_curves(table())


@pytest.mark.parametrize("ending", ["png", "svg", "pdf"])
def test_files_are_whole_and_repeat(tmp_path, ending):
    frame = table(curve(0.9, 0.5), curve(0.8, 0.5, seed=1))
    first, second = tmp_path / f"a.{ending}", tmp_path / f"b.{ending}"
    save_curves(frame, first)
    save_curves(frame, second)
    assert first.read_bytes() == second.read_bytes()
    with pytest.raises(InputError, match="not a kind of picture"):
        save_curves(frame, tmp_path / "a.gif")
