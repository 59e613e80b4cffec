# SPDX-License-Identifier: Apache-2.0
"""torchvision's three operators, defined in Python.

torchvision need not be installed (no release of it fits every PyTorch): what an archive holds is only the operator's name and
its arguments, and these are declared here with torchvision's schemas. The reference implementations give the expected answers.
If torchvision is installed, its own are used.
"""

import importlib.util
import math

import torch
from torch import Tensor


def nms(boxes: Tensor, scores: Tensor, iou_threshold: float) -> Tensor:
    """Indices of the boxes that no better one covers, best first."""
    order = torch.argsort(scores, descending=True, stable=True)
    sorted_boxes = boxes[order]
    area = (sorted_boxes[:, 2] - sorted_boxes[:, 0]) * (sorted_boxes[:, 3] - sorted_boxes[:, 1])
    top = torch.maximum(sorted_boxes[:, None, :2], sorted_boxes[None, :, :2])
    bottom = torch.minimum(sorted_boxes[:, None, 2:], sorted_boxes[None, :, 2:])
    common = (bottom - top).clamp(min=0).prod(dim=2)
    covers = common / (area[:, None] + area[None] - common) > iou_threshold
    suppressed = [False] * len(order)
    kept = []
    for index in range(len(order)):
        if suppressed[index]:
            continue
        kept.append(index)
        for other in torch.nonzero(covers[index, index + 1 :]).flatten().tolist():
            suppressed[index + 1 + other] = True
    return order[torch.tensor(kept, dtype=torch.int64)]


def bilinear(plane: Tensor, y: Tensor, x: Tensor) -> Tensor:
    """Values of planes [C, H, W] at points; zero from one pixel outside on, which both operators below share."""
    height, width = plane.shape[-2:]
    y0, x0 = y.floor(), x.floor()
    total = torch.zeros(plane.shape[:1] + y.shape, dtype=plane.dtype)
    for dy in (0, 1):
        for dx in (0, 1):
            row, column = y0 + dy, x0 + dx
            weight = (1 - (y - row).abs()) * (1 - (x - column).abs())
            inside = (row >= 0) & (row < height) & (column >= 0) & (column < width)
            value = plane[:, row.clamp(0, height - 1).long(), column.clamp(0, width - 1).long()]
            total = total + value * (weight * inside)
    return total


def roi_align(
    input: Tensor,
    rois: Tensor,
    spatial_scale: float,
    pooled_height: int,
    pooled_width: int,
    sampling_ratio: int,
    aligned: bool,
) -> Tensor:
    """Mean of bilinear samples in every bin of every region: He et al., 2017, arXiv:1703.06870."""
    offset = 0.5 if aligned else 0.0
    height, width = input.shape[-2:]
    results = torch.zeros(rois.shape[0], input.shape[1], pooled_height, pooled_width, dtype=input.dtype)
    for index, roi in enumerate(rois):
        x1, y1, x2, y2 = (float(value) * spatial_scale - offset for value in roi[1:])
        roi_width, roi_height = x2 - x1, y2 - y1
        if not aligned:
            roi_width, roi_height = max(roi_width, 1.0), max(roi_height, 1.0)
        bin_height, bin_width = roi_height / pooled_height, roi_width / pooled_width
        rows = sampling_ratio if sampling_ratio > 0 else math.ceil(roi_height / pooled_height)
        columns = sampling_ratio if sampling_ratio > 0 else math.ceil(roi_width / pooled_width)
        if rows <= 0 or columns <= 0:
            continue
        y = y1 + (torch.arange(pooled_height * rows) + 0.5) * bin_height / rows
        x = x1 + (torch.arange(pooled_width * columns) + 0.5) * bin_width / columns
        outside = ((y < -1) | (y > height))[:, None] | ((x < -1) | (x > width))[None, :]
        grid_y, grid_x = torch.meshgrid(y.clamp(0, height - 1), x.clamp(0, width - 1), indexing="ij")
        sampled = bilinear(input[int(roi[0])], grid_y, grid_x) * ~outside
        sampled = sampled.view(-1, pooled_height, rows, pooled_width, columns)
        results[index] = sampled.mean(dim=(2, 4))
    return results


def deform_conv2d(
    input: Tensor,
    weight: Tensor,
    offset: Tensor,
    mask: Tensor,
    bias: Tensor,
    stride_h: int,
    stride_w: int,
    pad_h: int,
    pad_w: int,
    dilation_h: int,
    dilation_w: int,
    groups: int,
    offset_groups: int,
    use_mask: bool,
) -> Tensor:
    """Convolution whose taps are moved by `offset` (y, x) and weighted by `mask`: Zhu et al., 2018, arXiv:1811.11168."""
    batch, channels = input.shape[:2]
    outputs, per_group, kernel_h, kernel_w = weight.shape
    out_h, out_w = offset.shape[-2:]
    taps = kernel_h * kernel_w
    base_y = torch.arange(out_h)[:, None] * stride_h - pad_h
    base_x = torch.arange(out_w)[None, :] * stride_w - pad_w
    columns = torch.zeros(batch, channels, taps, out_h, out_w, dtype=input.dtype)
    share = channels // offset_groups
    for image in range(batch):
        for group in range(offset_groups):
            planes = input[image, group * share : (group + 1) * share]
            for tap in range(taps):
                at = 2 * (group * taps + tap)
                y = base_y + (tap // kernel_w) * dilation_h + offset[image, at]
                x = base_x + (tap % kernel_w) * dilation_w + offset[image, at + 1]
                value = bilinear(planes, y, x)
                if use_mask:
                    value = value * mask[image, group * taps + tap]
                columns[image, group * share : (group + 1) * share, tap] = value
    columns = columns.view(batch, groups, channels // groups * taps, out_h * out_w)
    kernels = weight.reshape(groups, outputs // groups, per_group * taps)
    result = torch.einsum("gok,bgkp->bgop", kernels, columns).reshape(batch, outputs, out_h, out_w)
    return result + bias.view(1, -1, 1, 1)


if importlib.util.find_spec("torchvision") is not None:
    import torchvision  # noqa: F401
else:
    LIBRARY = torch.library.Library("torchvision", "DEF")
    LIBRARY.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    LIBRARY.define(
        "roi_align(Tensor input, Tensor rois, float spatial_scale, SymInt pooled_height, SymInt pooled_width,"
        " int sampling_ratio, bool aligned) -> Tensor"
    )
    LIBRARY.define(
        "deform_conv2d(Tensor input, Tensor weight, Tensor offset, Tensor mask, Tensor bias, SymInt stride_h,"
        " SymInt stride_w, SymInt pad_h, SymInt pad_w, SymInt dilation_h, SymInt dilation_w, SymInt groups,"
        " SymInt offset_groups, bool use_mask) -> Tensor"
    )
    LIBRARY.impl("nms", nms, "CPU")
    LIBRARY.impl("roi_align", roi_align, "CPU")
    LIBRARY.impl("deform_conv2d", deform_conv2d, "CPU")

    @torch.library.register_fake("torchvision::nms", lib=LIBRARY)
    def nms_shape(dets: Tensor, scores: Tensor, iou_threshold: float) -> Tensor:
        return dets.new_empty([torch.library.get_ctx().new_dynamic_size()], dtype=torch.int64)

    @torch.library.register_fake("torchvision::roi_align", lib=LIBRARY)
    def roi_align_shape(input, rois, spatial_scale, pooled_height, pooled_width, sampling_ratio, aligned):
        return input.new_empty([rois.shape[0], input.shape[1], pooled_height, pooled_width])

    @torch.library.register_fake("torchvision::deform_conv2d", lib=LIBRARY)
    def deform_conv2d_shape(input, weight, offset, *others):
        return input.new_empty([input.shape[0], weight.shape[0], offset.shape[2], offset.shape[3]])
