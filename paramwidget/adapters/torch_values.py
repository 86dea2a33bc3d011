"""One torch tensor: what it is called, what can be done with it, and its values from and to NumPy, bit for bit.

Not here: where a tensor is in a model. Nothing here is written through `.data` or a NumPy view: such writes do not bump
the version counter of a tensor, so autograd would silently compute gradients of neither the old nor the new values.
"""

from __future__ import annotations

import numpy as np
import torch

from paramwidget import dtypes
from paramwidget.errors import NoValuesError, ReadOnlyError, RegionError, ValueRefusedError
from paramwidget.notices import reason_text
from paramwidget.region import Region

_PLAIN = (
    torch.float16,
    torch.float32,
    torch.float64,
    torch.int8,
    torch.int16,
    torch.int32,
    torch.int64,
    torch.uint8,
    torch.uint16,
    torch.uint32,
    torch.uint64,
    torch.bool,
    torch.complex64,
    torch.complex128,
)
# `Tensor.numpy()` raises for these; the same bytes seen as integers pass, and ml_dtypes knows what they mean
VIEWED = {
    torch.bfloat16: torch.int16,
    torch.float8_e4m3fn: torch.uint8,
    torch.float8_e4m3fnuz: torch.uint8,
    torch.float8_e5m2: torch.uint8,
    torch.float8_e5m2fnuz: torch.uint8,
    torch.float8_e8m0fnu: torch.uint8,
}
READABLE = {dtype: str(dtype).removeprefix("torch.") for dtype in (*_PLAIN, *VIEWED)}
"""Element types whose values can be read, with their names."""

_QUANTIZED = (torch.qint8, torch.quint8, torch.qint32, torch.quint4x2, torch.quint2x4)
# reasons with which a tensor has values to show all the same
_SHOWN = ("", "computed", "expanded", "overlapping", "distributed", "subclass")


def dtype_name(dtype: torch.dtype) -> str:
    """`float32`, `bfloat16`; the name without `torch.` for a type that NumPy and ml_dtypes do not hold."""
    return READABLE.get(dtype) or str(dtype).removeprefix("torch.")


def is_ordinary(tensor: torch.Tensor) -> bool:
    """Whether the class of a tensor is torch's own, so that its methods do what they say."""
    return type(tensor) is torch.nn.Parameter or type(tensor) is torch.Tensor


def capability(tensor: torch.Tensor) -> tuple[bool, str]:
    """Whether its values can be read, and why they cannot be written: a key of `REASONS`, empty if they can."""
    # nearly all tensors are this, and a tree asks for each of 100,000
    if (
        (type(tensor) is torch.nn.Parameter or type(tensor) is torch.Tensor)
        and tensor.is_cpu
        and tensor.layout is torch.strided
        and tensor.dtype in READABLE
        and not tensor.is_nested
        and tensor.is_leaf
        and tensor.is_contiguous()
        and not _is_freed(tensor)
    ):
        return True, ""
    reason = _reason(tensor)
    readable = reason in _SHOWN and tensor.dtype in READABLE and tensor.layout is torch.strided
    if not is_ordinary(tensor):
        readable = readable and reason == "subclass" and not _overrides(tensor)
    return readable, reason


def _reason(tensor: torch.Tensor) -> str:
    if not is_ordinary(tensor):
        return _subclass_reason(tensor)
    if tensor.is_nested:  # may be of the strided layout and still have no shape: asked before anything else
        return "nested"
    if tensor.layout is not torch.strided:
        return "opaque" if tensor.layout is torch._mkldnn else "sparse"  # type: ignore[attr-defined]
    if tensor.dtype in _QUANTIZED:
        return "quantized"
    if tensor.is_meta:  # `copy_` into a meta tensor succeeds and does nothing
        return "meta"
    if tensor.dtype not in READABLE:
        return "packed"
    if _is_freed(tensor):
        return "opaque"
    if not tensor.is_leaf:  # the result of an operation: a write is lost, or breaks the graph that it is in
        return "computed"
    stride, shape = tensor.stride(), tensor.shape
    if 0 in stride and any(step == 0 and n > 1 for step, n in zip(stride, shape, strict=True)):
        return "expanded"
    return "overlapping" if _overlaps_itself(tensor) else ""


def _subclass_reason(tensor: torch.Tensor) -> str:
    """Known by class name, so that no part of torch is loaded for the question."""
    names = {cls.__name__ for cls in type(tensor).__mro__}
    if torch.nn.parameter.is_lazy(tensor):
        return "lazy"
    if "DTensor" in names or "FlatParameter" in names:
        # writing one element of a DTensor raises nothing and changes nothing on any rank
        return "distributed"
    return "nested" if "NestedTensor" in names else "subclass"


def _overrides(tensor: torch.Tensor) -> bool:
    """Whether a subclass changes what operations mean; its bytes are then not its values."""
    cls = type(tensor)
    functions = (torch.Tensor.__torch_function__.__func__, torch._C._disabled_torch_function_impl)  # type: ignore[attr-defined]
    function = getattr(cls.__torch_function__, "__func__", cls.__torch_function__)
    return function not in functions or cls.__torch_dispatch__ is not torch.Tensor.__torch_dispatch__


def _is_freed(tensor: torch.Tensor) -> bool:
    """Whether its storage was given back, as sharding libraries do with `storage.resize_(0)`: a read would crash."""
    if tensor.numel() == 0:
        return False
    try:
        return tensor.untyped_storage().data_ptr() == 0
    except RuntimeError:  # torch's own stand-in for zeros has no storage at all
        return True


def _overlaps_itself(tensor: torch.Tensor) -> bool:
    """Whether two cells may be one element, as in a sliding window made by `as_strided`. Refuses in doubt."""
    if tensor.is_contiguous():
        return False
    reach = 0
    for step, n in sorted((step, n) for step, n in zip(tensor.stride(), tensor.shape, strict=True) if n > 1):
        if step <= reach:
            return tensor.numel() > 0
        reach += step * (n - 1)
    return False


def read(tensor: torch.Tensor, region: Region, path: str) -> np.ndarray:
    """The values of a region, as a read-only view of the live memory where there is one; only the region is copied.

    Raises
    ------
    NoValuesError
        The tensor has none, or torch does not give them.
    RegionError
        The tensor has another shape than the region was made for.
    """
    readable, reason = capability(tensor)
    if not readable:
        raise NoValuesError(f"{path} has no values to read: {reason_text(reason or 'opaque')}")
    _check_shape(tensor, region, path)
    part = tensor.detach()[region.slices]
    # `numpy()` refuses lazily conjugated or negated views
    part = part.resolve_conj().resolve_neg().cpu()
    seen = VIEWED.get(part.dtype)
    values: np.ndarray = (part if seen is None else part.view(seen)).numpy()
    if seen is not None:
        values = values.view(dtypes.numpy_dtype(READABLE[part.dtype]))
    values.flags.writeable = False
    return values


def write(tensor: torch.Tensor, region: Region, values: np.ndarray, path: str) -> None:
    """Store values in place, seen by autograd; strides, device and the object itself stay.

    Raises
    ------
    ReadOnlyError
        torch would lose or garble the write.
    ValueRefusedError
        Another shape (torch would broadcast it) or another element type (torch would cast it) than the region's.
    RegionError
        The tensor has another shape than the region was made for.
    """
    reason = capability(tensor)[1]
    if reason:
        raise ReadOnlyError(f"{path} cannot be written: {reason_text(reason)}")
    _check_shape(tensor, region, path)
    if values.shape != region.extent:
        raise ValueRefusedError(
            f"values of shape {values.shape} do not fit {path}{region}; give the shape {region.extent}"
        )
    name = READABLE[tensor.dtype]
    if values.dtype != dtypes.numpy_dtype(name):
        raise ValueRefusedError(f"{path} holds {name}, not {values.dtype}; cast the values first")
    # a tensor made in inference mode raises on a write outside of it
    mode = torch.inference_mode() if tensor.is_inference() else torch.no_grad()
    with mode:
        # the full n-d index: `reshape(-1)` of a transposed or channels_last tensor is a copy, and the write is lost
        target = tensor[region.slices]
        target.copy_(_from_numpy(values, target))
    # inside a running autocast, torch computes with a cached cast of the old weight
    torch.clear_autocast_cache()


def _from_numpy(values: np.ndarray, target: torch.Tensor) -> torch.Tensor:
    """A tensor with these very bits, in other memory than `target`, of which `values` may be a view."""
    own = values
    if not values.flags.c_contiguous or not values.flags.writeable or _may_overlap(values, target):
        own = np.array(values, order="C", copy=True)
    seen = VIEWED.get(target.dtype)
    if seen is None:
        return torch.from_numpy(own)
    return torch.from_numpy(own.view(dtypes.numpy_dtype(READABLE[seen]))).view(target.dtype)


def _may_overlap(values: np.ndarray, target: torch.Tensor) -> bool:
    """Whether two blocks of memory may meet, judged by the whole storage of the one."""
    if target.device.type != "cpu":
        return False
    start, storage = values.__array_interface__["data"][0], target.untyped_storage()
    return bool(start < storage.data_ptr() + storage.nbytes() and storage.data_ptr() < start + values.nbytes)


def _check_shape(tensor: torch.Tensor, region: Region, path: str) -> None:
    if tensor.shape != region.shape:
        raise RegionError(f"{path} has the shape {tuple(tensor.shape)} now, not {region.shape}; look at it again")
