"""Figures for papers: the same views, no global state, and a sentence where there is nothing to draw."""

from __future__ import annotations

import subprocess
import sys
import warnings
from typing import Any

import ml_dtypes
import numpy as np
import pytest
from matplotlib.figure import Figure

from paramwidget import Session, plotting
from paramwidget.errors import NoValuesError, PathError, RegionError, ValueRefusedError
from paramwidget.views.plane import Plane
from paramwidget.views.spectrum import spectrum

ODD = ["odd", "brain", "z", "mask", "scalar", "bad", "huge", "tiny", "zero", "$x_1^2$ <b> \n \u202e"]
KINDS = ["heatmap", "histogram", "kernels", "spectrum"]


def session() -> Session:
    rng = np.random.default_rng(0)
    odd = rng.normal(size=(8, 30)).astype(np.float32)
    odd[2, 3], odd[4, 5] = np.nan, np.inf
    return Session(
        {
            "conv": {"kernel": rng.normal(size=(3, 3, 4, 8)).astype(np.float32)},
            "odd": odd,
            "brain": rng.normal(size=(5, 4)).astype(ml_dtypes.bfloat16),
            "z": rng.normal(size=4) + 1j,
            "mask": np.array([True, False]),
            "scalar": np.array(2.0),
            "empty": np.zeros((0, 3)),
            "words": np.array(["a"]),
            "bad": np.full((2, 2), np.nan),
            "huge": np.array([[1.7e308, -1.7e308], [0, 1]]),
            "tiny": np.array([5e-324, 0]),
            "tiny matrix": np.full((2, 2), 5e-324),
            "low": np.ones((3, 5)),
            "complex": np.eye(3) + 1j,
            "zero": np.zeros((3, 3, 2, 2)),
            "$x_1^2$ <b> \n \u202e": np.ones(3),
        }
    )


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_a_figure_named_after_the_tensor(kind: str) -> None:
    figure = session().plot("conv/kernel", kind=kind)
    assert isinstance(figure, Figure)
    assert figure.get_suptitle() == "conv/kernel  3×3×4×8  float32"


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_a_png(kind: str) -> None:
    picture = plotting.png(session(), "conv/kernel", kind)
    assert picture.startswith(b"\x89PNG\r\n\x1a\n")
    assert picture.endswith(b"IEND\xaeB`\x82")


@pytest.mark.parametrize("kind", ["heatmap", "histogram"])
@pytest.mark.parametrize("path", ODD)
def test_odd_tensors_are_drawn_without_a_warning(path: str, kind: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", "Glyph .* missing from font")
        assert plotting.png(session(), path, kind)


@pytest.mark.parametrize("path", ["brain", "tiny matrix", "zero", "low", "complex"])
def test_odd_spectra_are_drawn_without_a_warning(path: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert plotting.png(session(), path, "spectrum")


def test_the_spectrum_shows_the_singular_values_the_edge_and_what_they_tell() -> None:
    opened = session()
    figure = opened.plot("brain", kind="spectrum")
    line, edge, energy = figure.axes[0].lines
    wanted = spectrum(opened["brain"][...])
    assert np.array_equal(line.get_xdata(), [1, 2, 3, 4])
    assert np.array_equal(line.get_ydata(), wanted.values)
    assert edge.get_ydata()[0] == wanted.edge
    assert energy.get_xdata()[0] == wanted.energetic
    assert f"{wanted.above} of 4 above the noise edge" in figure.get_supxlabel()
    assert opened.plot("conv/kernel", kind="spectrum").axes[0].get_ylabel() == "axis 0·axis 1·axis 2 × axis 3 = 36×8"


def test_the_heatmap_shows_the_values_and_leaves_out_what_is_not_finite() -> None:
    opened = session()
    image = opened.plot("odd").axes[0].images[0]
    shown = np.ma.asarray(image.get_array())
    values = opened["odd"][...]
    assert shown.shape == (8, 30)
    assert np.array_equal(np.ma.getmaskarray(shown), ~np.isfinite(values))
    assert np.array_equal(shown.compressed(), values[np.isfinite(values)])
    low, high = image.get_clim()
    assert low == -high


def test_the_heatmap_shows_the_plane_that_is_asked_for() -> None:
    opened = session()
    shown = opened.plot("conv/kernel", plane=Plane(3, 2, [1, 2, 0, 0])).axes[0].images[0].get_array()
    assert np.array_equal(np.asarray(shown), opened["conv/kernel"][1, 2].T)
    with pytest.raises(RegionError):
        opened.plot("conv/kernel", plane=Plane(0, 0, [0, 0, 0, 0]))


@pytest.mark.parametrize(("plane", "transposed"), [((0, 1), False), ((1, 0), True), ([-1, np.int64(-2)], True)])
def test_a_plane_may_be_two_axes(plane: Any, transposed: bool) -> None:
    opened = session()
    shown = np.ma.asarray(opened.plot("brain", plane=plane).axes[0].images[0].get_array())
    values = opened["brain"][...].astype(np.float32)
    assert np.array_equal(shown, values.T if transposed else values)
    middle = opened.plot("conv/kernel", plane=(2, 3)).axes[0].images[0].get_array()
    assert np.array_equal(np.asarray(middle), opened["conv/kernel"][1, 1])


@pytest.mark.parametrize(
    ("path", "kind", "options", "says"),
    [
        ("odd", "heatmap", {"foo": 1}, "takes the option plane, not 'foo'"),
        ("odd", "histogram", {"plane": (0, 1)}, "takes the options bins and log, not 'plane'"),
        ("conv/kernel", "kernels", {"bins": 3}, "takes no options, not 'bins'"),
        ("odd", "spectrum", {}, "2 of the values are NaN or infinite"),
        ("huge", "spectrum", {}, "larger than float64 can hold"),
        ("scalar", "spectrum", {}, "needs two axes longer than 1"),
        ("odd", "heatmap", {"plane": (0, 1, 2)}, "two axes (rows, columns)"),
        ("odd", "heatmap", {"plane": "ab"}, "two axes (rows, columns)"),
        ("odd", "heatmap", {"plane": (0.5, 1)}, "two axes (rows, columns)"),
        ("odd", "heatmap", {"plane": 0}, "two axes (rows, columns)"),
        ("odd", "histogram", {"bins": 0}, "bins, not 0"),
        ("odd", "histogram", {"bins": -3}, "bins, not -3"),
        ("odd", "histogram", {"bins": 2.5}, "bins, not 2.5"),
        ("odd", "histogram", {"bins": "many"}, "bins, not many"),
        ("odd", ["heatmap"], {}, "take one of heatmap"),
    ],
)
def test_options_that_mean_nothing_are_refused(path: str, kind: Any, options: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueRefusedError) as caught:
        session().plot(path, kind, **options)
    assert says in str(caught.value)


@pytest.mark.parametrize("plane", [(0, 5), (1, 1), (-1, -1), (-3, 0)])
def test_axes_that_are_no_plane_are_refused(plane: tuple[int, int]) -> None:
    with pytest.raises(RegionError, match="not a plane of a tensor with 2 axes"):
        session().plot("odd", plane=plane)


def test_a_large_matrix_is_reduced_and_says_so() -> None:
    opened = Session({"a": np.zeros((3000, 1700), dtype=np.float32)})
    figure = opened.plot("a")
    axes = figure.axes[0]
    assert "one pixel covers" in figure.get_supxlabel()
    assert axes.get_xlim() == (-0.5, 2999.5)
    assert axes.get_ylim() == (1699.5, -0.5)
    assert axes.images[0].get_array().size <= 2**18


def test_the_histogram_says_what_lies_outside_and_what_is_nan() -> None:
    figure = session().plot("odd", kind="histogram", bins=20, log=True)
    axes = figure.axes[0]
    assert "1 NaN" in figure.get_supxlabel()
    assert "1 outside" in figure.get_supxlabel()
    assert axes.get_yscale() == "symlog"
    assert len(axes.patches[0].get_data().values) == 20


def test_kernels_are_labelled_by_their_numbers() -> None:
    figure = session().plot("conv/kernel", kind="kernels")
    axes = figure.axes[0]
    assert [label.get_text() for label in axes.get_xticklabels()] == list("01234567")
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("axis 3", "axis 2")


def test_of_very_many_kernels_the_figure_says_how_many_are_shown() -> None:
    figure = Session({"a": np.zeros((1, 2, 100, 100), np.float32)}).plot("a", kind="kernels")
    assert figure.get_supxlabel() == "the first 64 × 64 of 10,000 kernels"
    assert session().plot("conv/kernel", kind="kernels").get_supxlabel() == ""


@pytest.mark.parametrize(
    ("path", "kind", "error", "says"),
    [
        ("odd", "pie", ValueRefusedError, "take one of heatmap, histogram, kernels"),
        ("odd", "kernels", ValueRefusedError, "tensors of 3 to 5 axes"),
        ("empty", "heatmap", NoValuesError, "nothing to plot"),
        ("words", "histogram", NoValuesError, "no values to show"),
        ("od", "heatmap", PathError, "did you mean 'odd'"),
    ],
)
def test_what_cannot_be_drawn_is_a_sentence(path: str, kind: str, error: type[Exception], says: str) -> None:
    with pytest.raises(error) as caught:
        session().plot(path, kind=kind)
    assert says in str(caught.value)


def test_plotting_leaves_pyplot_alone() -> None:
    code = (
        "import numpy as np, sys; from paramwidget import Session; s = Session({'a': np.ones((3, 3, 2, 2))});"
        "[s.plot('a', kind=k).savefig('/dev/null', format='png') for k in ('heatmap', 'histogram', 'kernels')];"
        "assert 'matplotlib.pyplot' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_missing_matplotlib_is_a_sentence_with_the_command() -> None:
    code = (
        "import sys; sys.modules['matplotlib'] = None\n"
        "import numpy as np; from paramwidget import Session, errors\n"
        "try: Session({'a': np.ones(2)}).plot('a')\n"
        "except errors.MissingExtraError as error: assert \"pip install 'paramwidget[plot]'\" in str(error)\n"
        "else: raise SystemExit('no error')"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("conv/kernel", "conv_kernel-heatmap.png"),
        ("../../etc/passwd", "_etc_passwd-heatmap.png"),
        ("", "tensor-heatmap.png"),
        ("\u202e\x00CON", "_CON-heatmap.png"),
        ("a" * 500, "a" * 80 + "-heatmap.png"),
    ],
)
def test_file_names_are_safe_everywhere(path: str, name: str) -> None:
    assert plotting.file_name(path, "heatmap") == name


def test_the_domain_of_a_figure_is_that_of_the_values() -> None:
    opened: Any = Session({"a": np.array([[0.0, -0.73]])})
    assert opened.plot("a").axes[0].images[0].get_clim() == (-0.8, 0.8)
