"""What the user must know though nothing failed: codes that adapters report, and the sentences for them.

Adapters tell facts (`Notice("gradient-dropped", path)`); the words are here and nowhere else. The same holds for the
reasons why a tensor is read-only or has no values. Imports nothing from the package.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

Severity = Literal["info", "warn"]


class Notice(Struct, frozen=True):
    """A fact about one tensor, without words; `sentence` has them."""

    code: str
    """A key of `SENTENCES`."""
    path: str
    """Path of the tensor."""
    detail: str = ""
    """What fills `{detail}` in the sentence."""


# code -> (severity, title, sentence); {path} and {detail} are filled in
SENTENCES: dict[str, tuple[Severity, str, str]] = {
    "tied": ("info", "Also changed {detail}", "It is the same storage as {path}, so one edit moves both."),
    "gradient-dropped": (
        "info",
        "Frozen, and its gradient was dropped",
        "Optimizers move a frozen tensor as long as a gradient is left (momentum, weight decay), "
        "so the accumulated .grad of {path} was set to None.",
    ),
    "statistics-move": (
        "warn",
        "Running statistics still move",
        "{path} belongs to a normalisation layer: its running mean and variance are updated by every forward pass in "
        "training mode, frozen or not. Call .eval() on that layer after each .train() of the model to hold them too.",
    ),
    "not-in-optimizer": (
        "warn",
        "The optimizer does not know this tensor",
        "{path} may train now, but no optimizer holds it. Call optimizer.add_param_group({{'params': [...]}}) or make "
        "a new optimizer.",
    ),
    "curvature-dropped": (
        "info",
        "{detail} starts its history anew",
        "It moves all its tensors along directions remembered from earlier steps, and would have gone on moving {path}. "
        "What it remembered was dropped; it gathers it again in the next steps.",
    ),
    "optimizer-unknown": (
        "warn",
        "The optimizer may still move it",
        "{path} is held by {detail}, which is none of torch's own optimizers: whether it leaves a tensor without a "
        "gradient alone is not known. Compare the values after the next step.",
    ),
    "train-function-rebuilt": (
        "info",
        "Takes effect in the next fit()",
        "Keras had compiled its training step with the old setting of {path}; the step will be traced again. "
        "The optimizer keeps its state.",
    ),
    "optimizer-rebuilt": (
        "info",
        "The optimizer was extended",
        "It was built without {path}; it now has slots for it and keeps the state of all other tensors.",
    ),
    "own-train-step": (
        "warn",
        "A training step of your own may hold the old setting",
        "A training step of your own that was traced before (@tf.function) must be traced again; until then it treats "
        "{path} as it did.",
    ),
    "not-saved": (
        "info",
        "This setting is not saved with the model",
        "Keras saves the freeze of a layer, not of one variable: after save and load {path} is trainable again.",
    ),
    "batchnorm-statistics-move": (
        "warn",
        "Moving statistics still move",
        "{path} belongs to a BatchNormalization layer, whose moving mean and variance follow every training batch even if "
        "all its weights are frozen. Set layer.trainable = False on '{detail}' to hold them too.",
    ),
    "layer-still-frozen": (
        "info",
        "Its layer is still marked as frozen",
        "{path} trains in the next fit(), but '{detail}' keeps trainable = False: it is saved as frozen, and a "
        "BatchNormalization keeps its moving statistics.",
    ),
    "constraint": (
        "warn",
        "A constraint will rewrite this value",
        "{path} has the constraint {detail}, which Keras applies after every training step.",
    ),
    "finalize-state": (
        "info",
        "The layer was told about its new state",
        "{path} is read by the layer only after finalize_state(); that was called for you.",
    ),
    "recomputed": (
        "warn",
        "Training overwrites this value",
        "{path} is recomputed by {detail} in every training call.",
    ),
    "compile-frozen": (
        "warn",
        "The compiled model may hold a copy",
        "torch.compile runs with freezing=True, which copies weights into the code: the compiled model does not see "
        "this edit of {path} before it is compiled again.",
    ),
    "wrapped-before": (
        "warn",
        "DistributedDataParallel does not know yet",
        "It noted what trains when it wrapped the model. Wrap the model again, or backward() will raise or leave "
        "{path} out of the average over processes.",
    ),
    "other-processes": (
        "warn",
        "Only this process was edited",
        "The other processes keep their value of {path}; make the same edit on every rank.",
    ),
    "gradients-off": (
        "info",
        "Nothing is left to train",
        "Every tensor of the model is frozen, so backward() will raise until one is unfrozen.",
    ),
}

# why a tensor cannot be written (or has no values): code -> what to do instead
REASONS: dict[str, str] = {
    "unbuilt": "the model is not built yet, so this layer has no values; build it or call it once",
    "meta": "it lies on the meta device, so it has a shape but no values; load or materialise the model first",
    "lazy": "it is a lazy parameter without a shape; run one forward pass first",
    "offloaded": "its values are kept elsewhere by an offloading hook and only visit the model for a forward pass",
    "computed": "it is computed from other parameters on each use; edit those",
    "quantized": "it is quantized; paramwidget does not re-quantize",
    "packed": "its element type is packed or not known to NumPy",
    "sparse": "it is a sparse tensor; paramwidget edits dense ones",
    "nested": "it is a nested tensor, which has no rectangular shape",
    "distributed": "it is distributed over processes; paramwidget edits local tensors",
    "subclass": "it is a tensor subclass that paramwidget does not know",
    "expanded": "several cells share one stored element (stride 0), so one cell cannot be written alone",
    "overlapping": "cells of this view share stored elements, so one cell cannot be written alone",
    "read-only-array": "the array is read-only (its writeable flag is off)",
    "element-type": "paramwidget does not know how to show its element type",
    "object-type": "it does not hold numbers",
    "opaque": "the framework does not let its values be read",
    "cycle": "it contains itself; its tensors are shown where it comes first",
    "cut": "it is nested too deep, or shared in too many places, to be listed again",
}


def sentence(notice: Notice) -> tuple[Severity, str, str]:
    """Severity, title and text of a notice, ready to be shown (as text, never as markup)."""
    # an adapter of the user's own may report a code of its own: shown as it is rather than hidden
    severity, title, text = SENTENCES.get(notice.code, ("info", notice.code, "{path} {detail}"))
    fill = {"path": notice.path, "detail": notice.detail}
    return severity, title.format(**fill), text.format(**fill)


def reason_text(code: str) -> str:
    """The words for a reason code; an unknown code is shown as it is rather than hidden."""
    return REASONS.get(code, code)
