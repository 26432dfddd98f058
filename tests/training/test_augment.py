import pytest

from workbench.training.augment import DRAWS, GRID_CELLS, draw


def draws(kind, count=600):
    return [draw(kind, 0, 1, "khatt", f"line-{at}") for at in range(count)]


@pytest.mark.parametrize("kind", sorted(DRAWS))
def test_a_draw_is_keyed_by_seed_epoch_and_line(kind):
    assert draw(kind, 0, 1, "a", "x") == draw(kind, 0, 1, "a", "x")
    others = [draw(kind, *key) for key in [(1, 1, "a", "x"), (0, 2, "a", "x"), (0, 1, "b", "x"), (0, 1, "a", "y")]]
    assert len({repr(one) for one in [*others, draw(kind, 0, 1, "a", "x")]}) == 5


RANGES = {
    "light": {
        "aspect": (0.9, 1.1),
        "shear_x": (-8, 8),
        "scale_y": (0.92, 1.0),
        "stroke": (-1, 1),
        "contrast": (-0.2, 0.2),
        "gamma": (0.85, 1.2),
    },
    "published": {
        "zoom": (0.75, 1.25),
        "aspect": (0.9, 1.1),
        "rotate": (-1, 1),
        "shear_x": (-30, 30),
        "shear_y": (-5, 5),
        "scale_x": (0.6, 1.2),
        "scale_y": (0.6, 1.2),
        "brightness": (-0.2, 0.2),
        "contrast": (-0.2, 0.2),
        "gamma": (0.8, 1.2),
    },
}


@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind, names in RANGES.items() for name in names])
def test_draws_fill_their_range(kind, name):
    low, high = RANGES[kind][name]
    values = [getattr(one, name) for one in draws(kind)]
    assert low <= min(values) < low + 0.15 * (high - low)
    assert high - 0.15 * (high - low) < max(values) <= high


def test_light_leaves_brightness_of_paper_alone():
    assert all(one.brightness == 0 and one.stroke_kernel == (3, 3) for one in draws("light"))


def test_grid_cells_are_within_a_tenth():
    grids = [one.grid for one in draws("published") if one.grid[0]]
    assert all(len(columns) == len(rows) == GRID_CELLS + 1 for columns, rows in grids)
    assert all(0.9 <= cell <= 1.1 for columns, rows in grids for cell in (*columns, *rows))
