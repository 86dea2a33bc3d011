"""A typed or pasted block of cells: every text is read strictly before anything is written."""

from __future__ import annotations

import numpy as np

from paramwidget import dtypes
from paramwidget import protocol as wire
from paramwidget.edits import Assign, Edit
from paramwidget.errors import ValueRefusedError
from paramwidget.journal import Entry
from paramwidget.region import Region
from paramwidget.session import Session
from paramwidget.views.plane import Plane, Window, from_plane, plane_shape, window_region


def window_of(session: Session, request: wire.SetBlock) -> Window:
    """The cells that a block covers.

    Raises
    ------
    ValueRefusedError
        It is no rectangle, too large, or does not fit the plane.
    """
    rows, cols = len(request.texts), len(request.texts[0]) if request.texts else 0
    if cols == 0 or any(len(row) != cols for row in request.texts):
        raise ValueRefusedError("the pasted block is empty or its rows differ in length; copy a rectangle")
    if rows * cols > wire.MAX_PASTE_CELLS:
        raise ValueRefusedError(f"at most {wire.MAX_PASTE_CELLS:,} cells can be pasted at once; paste a part")
    whole = plane_shape(request.plane, session.parameter(request.path).shape)
    window = Window(request.row, request.row + rows, request.col, request.col + cols)
    if window.bottom > whole[0] or window.right > whole[1]:
        plane = request.plane
        (tall, wide), (row, col) = _shown(plane, rows, cols), _shown(plane, request.row, request.col)
        height, width = _shown(plane, *whole)
        raise ValueRefusedError(
            f"a block of {tall} by {wide} does not fit at row {row}, column {col} of the shown plane, which is "
            f"{height} by {width}; paste a smaller block"
        )
    return window


def _shown(plane: Plane, row: int, col: int) -> tuple[int, int]:
    """Rows and columns as the grid on the screen has them: it shows a tensor of rank 1 upright, as a column."""
    return (col, row) if plane.rows < 0 else (row, col)


def write(session: Session, request: wire.SetBlock, window: Window) -> Entry | None:
    """Write a block as one entry of the history.

    Raises
    ------
    ValueRefusedError
        A text is refused; the sentence says where it stands in the block.
    As `Session.apply` does.
    """
    p = session.parameter(request.path)
    single = window.rows * window.cols == 1
    matrix = np.empty((window.rows, window.cols), dtype=dtypes.numpy_dtype(p.dtype))
    for i, row in enumerate(request.texts):
        for j, typed in enumerate(row):
            try:
                matrix[i, j] = dtypes.parse(typed, p.dtype)
            except ValueRefusedError as error:
                at, across = _shown(request.plane, i + 1, j + 1)
                where = "" if single else f"row {at}, column {across} of the block: "
                raise ValueRefusedError(where + str(error)) from None
    region = window_region(request.plane, p.shape, window)
    operation = Assign(from_plane(matrix, request.plane, region.extent))
    if single:  # `[2, 5]` in the history, not `[2:3, 5:6]`
        region = Region.of(tuple(span.start for span in region.spans), p.shape)
        operation = Assign(matrix.reshape(()), request.texts[0][0].strip())
    return session.apply(Edit(request.path, region, operation))
