# SPDX-License-Identifier: Apache-2.0
"""Detectors with everything that comes after the network: boxes, thresholds, suppression, lists per image."""

import math
from typing import Dict, List, Optional, Tuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from . import vision_ops  # noqa: F401  declares torchvision's operators
from .convnets import mobilenet_v3_small_features
from .layers import ResidualBlock, conv_norm
from .registry import add, picture, pictures


def gentle(layer: nn.Module) -> nn.Module:
    """Offsets of boxes go through an exponential: drawn as large as other activations they would be absurd."""
    layer.gain = 0.3
    return layer


def decode(offsets: Tensor, anchors: Tensor, weights: Tuple[float, float, float, float]) -> Tensor:
    """Boxes from offsets to anchors, both [N, 4]: appendix C of Girshick et al., 2013, arXiv:1311.2524."""
    size = anchors[:, 2:] - anchors[:, :2]
    centre = anchors[:, :2] + 0.5 * size
    moved = torch.stack([offsets[:, 0] / weights[0], offsets[:, 1] / weights[1]], dim=1) * size + centre
    stretch = torch.stack([offsets[:, 2] / weights[2], offsets[:, 3] / weights[3]], dim=1)
    half = 0.5 * torch.exp(torch.clamp(stretch, max=math.log(1000.0 / 16))) * size
    return torch.cat([moved - half, moved + half], dim=1)


def clip(boxes: Tensor, height: int, width: int) -> Tensor:
    x = boxes[:, 0::2].clamp(min=0, max=width)
    y = boxes[:, 1::2].clamp(min=0, max=height)
    return torch.stack([x, y], dim=2).reshape(boxes.shape)


def large_enough(boxes: Tensor, least: float) -> Tensor:
    size = boxes[:, 2:] - boxes[:, :2]
    return torch.where((size >= least).all(dim=1))[0]


def by_class(boxes: Tensor, scores: Tensor, labels: Tensor, threshold: float) -> Tensor:
    """Suppression inside each class at once: boxes of different classes are moved apart."""
    if boxes.numel() == 0:
        return torch.empty((0,), dtype=torch.int64, device=boxes.device)
    apart = labels.to(boxes) * (boxes.max() + 1.0)
    return torch.ops.torchvision.nms(boxes + apart[:, None], scores, threshold)


def plain_suppression(boxes: Tensor, scores: Tensor, threshold: float, limit: int) -> Tensor:
    """Non-maximum suppression of PyTorch's own operators, with a loop whose length the data decide."""
    order = scores.argsort(descending=True)
    area = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    kept: List[int] = []
    while order.numel() > 0 and len(kept) < limit:
        best = int(order[0])
        kept.append(best)
        rest = order[1:]
        top = torch.max(boxes[rest, :2], boxes[best, :2])
        bottom = torch.min(boxes[rest, 2:], boxes[best, 2:])
        common = (bottom - top).clamp(min=0).prod(dim=1)
        order = rest[common / (area[rest] + area[best] - common) <= threshold]
    return torch.tensor(kept, dtype=torch.int64)


class SsdLite(nn.Module):
    """MobileNetV3-small, four scales, depthwise heads; anchors are made for the size of the features."""

    def __init__(self, classes: int = 5) -> None:
        super().__init__()
        self.classes = classes
        features = mobilenet_v3_small_features(0.5)
        self.first = features[:9]
        self.second = features[9:]
        self.extra = nn.ModuleList([self.shrink(48, 64), self.shrink(64, 48)])
        widths = (24, 48, 64, 48)
        self.label_heads = nn.ModuleList([self.head(width, 4 * classes) for width in widths])
        self.box_heads = nn.ModuleList([self.head(width, 16) for width in widths])
        sizes = []
        for level in range(4):
            scale = 0.2 + 0.2 * level
            root = math.sqrt(scale * (scale + 0.2))
            sizes.append([[scale, scale], [root, root], [1.4 * scale, 0.7 * scale], [0.7 * scale, 1.4 * scale]])
        self.register_buffer("sizes", torch.tensor(sizes))

    @staticmethod
    def shrink(inputs: int, outputs: int) -> nn.Sequential:
        return nn.Sequential(
            conv_norm(inputs, outputs // 2, 1, activation=nn.ReLU6),
            conv_norm(outputs // 2, outputs // 2, 3, 2, groups=outputs // 2, activation=nn.ReLU6),
            conv_norm(outputs // 2, outputs, 1, activation=nn.ReLU6),
        )

    @staticmethod
    def head(inputs: int, outputs: int) -> nn.Sequential:
        return nn.Sequential(
            conv_norm(inputs, inputs, 3, groups=inputs, activation=nn.ReLU6), gentle(nn.Conv2d(inputs, outputs, 1))
        )

    def anchors(self, x: Tensor, level: int) -> Tensor:
        rows, columns = x.size(2), x.size(3)
        y = (torch.arange(rows, device=x.device, dtype=x.dtype) + 0.5) / rows
        x_ = (torch.arange(columns, device=x.device, dtype=x.dtype) + 0.5) / columns
        grid_y, grid_x = torch.meshgrid(y, x_, indexing="ij")
        centre = torch.stack([grid_x, grid_y], dim=-1).reshape(-1, 1, 2)
        half = 0.5 * self.sizes[level].unsqueeze(0)
        return torch.cat([centre - half, centre + half], dim=-1).reshape(-1, 4)

    def predict(self, x: Tensor) -> Tuple[Tensor, Tensor, Tensor]:
        levels = [self.first(x)]
        levels.append(self.second(levels[0]))
        for layer in self.extra:
            levels.append(layer(levels[-1]))
        scores: List[Tensor] = []
        boxes: List[Tensor] = []
        anchors: List[Tensor] = []
        for level, (label_head, box_head) in enumerate(zip(self.label_heads, self.box_heads)):
            feature = levels[level]
            scores.append(label_head(feature).permute(0, 2, 3, 1).reshape(x.size(0), -1, self.classes))
            boxes.append(box_head(feature).permute(0, 2, 3, 1).reshape(x.size(0), -1, 4))
            anchors.append(self.anchors(feature, level))
        return torch.cat(scores, dim=1), torch.cat(boxes, dim=1), torch.cat(anchors)

    def forward(self, x: Tensor) -> Tuple[Tensor, Tensor]:
        scores, offsets, anchors = self.predict(x)
        boxes = []
        for image in range(x.size(0)):
            boxes.append(decode(offsets[image], anchors, (10.0, 10.0, 5.0, 5.0)))
        return torch.softmax(scores, dim=-1), torch.stack(boxes)


add("ssdlite", "SSDLite on MobileNetV3-small, boxes decoded", "Sandler et al. 2018, arXiv:1801.04381", SsdLite,
    pictures(2, 3, 96, 96))


class SsdLiteWithSuppression(SsdLite):
    """Thresholds, the best few of each class, suppression: the sizes of the answer depend on the picture."""

    def forward(self, x: Tensor) -> List[Dict[str, Tensor]]:
        scores, offsets, anchors = self.predict(x)
        found: List[Dict[str, Tensor]] = []
        for image in range(x.size(0)):
            boxes = decode(offsets[image], anchors, (10.0, 10.0, 5.0, 5.0)).clamp(0.0, 1.0)
            likely = scores[image].softmax(dim=-1)
            kept_boxes: List[Tensor] = []
            kept_scores: List[Tensor] = []
            kept_labels: List[Tensor] = []
            for label in range(1, self.classes):
                score = likely[:, label]
                chosen = score > 0.4
                score, box = score[chosen], boxes[chosen]
                score, index = score.topk(min(20, score.numel()))
                box = box[index]
                kept = plain_suppression(box, score, 0.3, 100)
                kept_boxes.append(box[kept])
                kept_scores.append(score[kept])
                kept_labels.append(torch.full_like(score[kept], label, dtype=torch.int64))
            found.append(
                {"boxes": torch.cat(kept_boxes), "scores": torch.cat(kept_scores), "labels": torch.cat(kept_labels)}
            )
        return found


add("ssdlite_nms", "SSDLite with post-processing in plain operators", "Liu et al. 2015, arXiv:1512.02325",
    SsdLiteWithSuppression, pictures(2, 3, 96, 96), inputs_b=pictures(1, 3, 128, 96), exported=False, traced=False)


class SsdLiteTorchvision(SsdLite):
    """The same through torchvision::nms."""

    def forward(self, x: Tensor) -> Tuple[Tensor, Tensor, Tensor]:
        scores, offsets, anchors = self.predict(x)
        boxes = decode(offsets[0], anchors, (10.0, 10.0, 5.0, 5.0)).clamp(0.0, 1.0)
        score, label = scores[0].softmax(dim=-1)[:, 1:].max(dim=-1)
        score, index = score.topk(40)
        boxes, label = boxes[index], label[index]
        apart = label.to(boxes.dtype) * 2.0
        kept = torch.ops.torchvision.nms(boxes + apart[:, None], score, 0.45)
        return boxes[kept], score[kept], label[kept] + 1


add("ssdlite_torchvision", "SSDLite with torchvision::nms", "Liu et al. 2015, arXiv:1512.02325",
    SsdLiteTorchvision, pictures(1, 3, 96, 96))


class DeformableNet(nn.Module):
    """Modulated deformable convolutions: torchvision::deform_conv2d."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = conv_norm(3, 8, 3, 2)
        self.offset = nn.Conv2d(8, 2 * 2 * 9, 3, padding=1)
        self.mask = nn.Conv2d(8, 2 * 9, 3, padding=1)
        self.weight = nn.Parameter(0.2 * torch.randn(12, 4, 3, 3))
        self.bias = nn.Parameter(torch.linspace(-0.2, 0.2, 12))
        self.fc = nn.Linear(12, 5)

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x)
        x = torch.ops.torchvision.deform_conv2d(
            x, self.weight, self.offset(x), torch.sigmoid(self.mask(x)), self.bias, 1, 1, 1, 1, 1, 1, 2, 2, True
        )
        return self.fc(F.relu(x).mean(dim=[2, 3]))


add("deformable", "Deformable ConvNet v2 layer", "Zhu et al. 2018, arXiv:1811.11168", DeformableNet,
    pictures(1, 3, 24, 24))


class RoiClassifier(nn.Module):
    """Fast R-CNN: given regions, torchvision::roi_align, a class and a box for each."""

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(conv_norm(3, 8, 3, 2), ResidualBlock(8, 16, 2))
        self.fc = nn.Linear(16 * 25, 32)
        self.label = nn.Linear(32, 4)
        self.box = nn.Linear(32, 16)

    def forward(self, x: Tensor, regions: Tensor) -> Tuple[Tensor, Tensor]:
        pooled = torch.ops.torchvision.roi_align(self.features(x), regions, 0.25, 5, 5, 2, True)
        y = F.relu(self.fc(pooled.flatten(1)))
        return self.label(y).softmax(-1), self.box(y)


def regions(batch: int, count: int, size: int):
    def draw(generator: torch.Generator):
        corner = torch.rand(count, 2, generator=generator) * size * 0.6
        extent = torch.rand(count, 2, generator=generator) * size * 0.5 + 4
        image = torch.randint(0, batch, (count, 1), generator=generator).float()
        return picture(batch, 3, size, size, generator), torch.cat([image, corner, corner + extent], dim=1)

    return draw


add("fast_rcnn", "Fast R-CNN head with torchvision::roi_align", "Girshick 2015, arXiv:1504.08083", RoiClassifier,
    regions(2, 6, 64), inputs_b=regions(2, 9, 64), dynamic=({}, {0: torch.export.Dim("regions", min=2, max=512)}))


class FeaturePyramid(nn.Module):
    """Lin et al., 2016, arXiv:1612.03144."""

    def __init__(self, widths: List[int], outputs: int) -> None:
        super().__init__()
        self.inner = nn.ModuleList([nn.Conv2d(width, outputs, 1) for width in widths])
        self.outer = nn.ModuleList([nn.Conv2d(outputs, outputs, 3, padding=1) for _ in widths])

    def lateral(self, x: Tensor, level: int) -> Tensor:
        result = x
        for index, layer in enumerate(self.inner):
            if index == level:
                result = layer(x)
        return result

    def smooth(self, x: Tensor, level: int) -> Tensor:
        result = x
        for index, layer in enumerate(self.outer):
            if index == level:
                result = layer(x)
        return result

    def forward(self, found: List[Tensor]) -> Dict[str, Tensor]:
        last = self.lateral(found[-1], len(found) - 1)
        results = [self.smooth(last, len(found) - 1)]
        for level in range(len(found) - 2, -1, -1):
            side = self.lateral(found[level], level)
            last = side + F.interpolate(last, size=side.shape[-2:], mode="nearest")
            results.insert(0, self.smooth(last, level))
        results.append(F.max_pool2d(results[-1], 1, 2, 0))
        named: Dict[str, Tensor] = {}
        for level, result in enumerate(results):
            named["pool" if level == len(results) - 1 else str(level)] = result
        return named


class Backbone(nn.Module):
    def __init__(self, width: int = 8, outputs: int = 16) -> None:
        super().__init__()
        self.stem = nn.Sequential(conv_norm(3, width, 7, 2), nn.MaxPool2d(3, 2, 1))
        self.stages = nn.ModuleList(
            [
                ResidualBlock(width, width),
                ResidualBlock(width, 2 * width, 2),
                ResidualBlock(2 * width, 4 * width, 2),
                ResidualBlock(4 * width, 8 * width, 2),
            ]
        )
        self.pyramid = FeaturePyramid([width, 2 * width, 4 * width, 8 * width], outputs)

    def forward(self, x: Tensor) -> Dict[str, Tensor]:
        x = self.stem(x)
        found: List[Tensor] = []
        for stage in self.stages:
            x = stage(x)
            found.append(x)
        return self.pyramid(found)


class AnchorGenerator(nn.Module):
    """For every level one size, three ratios, at every position."""

    def __init__(self, sizes: List[int], ratios: List[float]) -> None:
        super().__init__()
        self.cells: List[Tensor] = []
        for size in sizes:
            root = torch.tensor(ratios).sqrt()
            width, height = size / root, size * root
            self.cells.append((torch.stack([-width, -height, width, height], dim=1) / 2).round())

    def forward(self, height: int, width: int, features: List[Tensor]) -> Tensor:
        anchors: List[Tensor] = []
        for feature, cell in zip(features, self.cells):
            rows, columns = feature.shape[-2], feature.shape[-1]
            y = torch.arange(0, rows, dtype=torch.int32, device=feature.device) * (height // rows)
            x = torch.arange(0, columns, dtype=torch.int32, device=feature.device) * (width // columns)
            grid_y, grid_x = torch.meshgrid(y, x, indexing="ij")
            grid_x, grid_y = grid_x.reshape(-1), grid_y.reshape(-1)
            shifts = torch.stack((grid_x, grid_y, grid_x, grid_y), dim=1)
            anchors.append((shifts.view(-1, 1, 4) + cell.to(feature).view(1, -1, 4)).reshape(-1, 4))
        return torch.cat(anchors)


class RegionProposals(nn.Module):
    def __init__(self, width: int, per_position: int = 3) -> None:
        super().__init__()
        self.anchors = AnchorGenerator([16, 32, 64, 96, 128], [0.5, 1.0, 2.0])
        self.conv = nn.Conv2d(width, width, 3, padding=1)
        self.objectness = nn.Conv2d(width, per_position, 1)
        self.offsets = gentle(nn.Conv2d(width, 4 * per_position, 1))
        self.before = 60
        self.after = 20

    def best_of_levels(self, scores: Tensor, counts: List[int]) -> Tensor:
        chosen: List[Tensor] = []
        start = 0
        for level in scores.split(counts, 1):
            count = level.shape[1]
            _, index = level.topk(min(self.before, count), dim=1)
            chosen.append(index + start)
            start += count
        return torch.cat(chosen, dim=1)

    def forward(self, height: int, width: int, sizes: List[Tuple[int, int]], named: Dict[str, Tensor]) -> List[Tensor]:
        features = list(named.values())
        scores: List[Tensor] = []
        offsets: List[Tensor] = []
        counts: List[int] = []
        for feature in features:
            y = F.relu(self.conv(feature))
            images = y.size(0)
            score = self.objectness(y).permute(0, 2, 3, 1).reshape(images, -1)
            offset = self.offsets(y).permute(0, 2, 3, 1).reshape(images, -1, 4)
            scores.append(score)
            offsets.append(offset)
            counts.append(score.shape[1])
        anchors = self.anchors(height, width, features)
        all_scores, all_offsets = torch.cat(scores, dim=1), torch.cat(offsets, dim=1)
        levels = torch.cat([torch.full((count,), index, dtype=torch.int64) for index, count in enumerate(counts)])
        best = self.best_of_levels(all_scores, counts)
        proposals: List[Tensor] = []
        for image in range(len(sizes)):
            index = best[image]
            boxes = decode(all_offsets[image][index], anchors[index], (1.0, 1.0, 1.0, 1.0))
            boxes = clip(boxes, sizes[image][0], sizes[image][1])
            score = torch.sigmoid(all_scores[image][index])
            level = levels[index]
            kept = large_enough(boxes, 1e-3)
            boxes, score, level = boxes[kept], score[kept], level[kept]
            kept = by_class(boxes, score, level, 0.7)[: self.after]
            proposals.append(boxes[kept])
        return proposals


class LevelledRoiAlign(nn.Module):
    """Equation 1 of the FPN paper: large regions from coarse levels."""

    def __init__(self, names: List[str], size: int) -> None:
        super().__init__()
        self.names = names
        self.size = size

    def forward(self, named: Dict[str, Tensor], proposals: List[Tensor], height: int) -> Tensor:
        features: List[Tensor] = []
        for name, feature in named.items():
            if name in self.names:
                features.append(feature)
        rois: List[Tensor] = []
        for image, boxes in enumerate(proposals):
            rois.append(torch.cat([torch.full_like(boxes[:, :1], image), boxes], dim=1))
        regions = torch.cat(rois)
        area = (regions[:, 3] - regions[:, 1]) * (regions[:, 4] - regions[:, 2])
        target = torch.floor(2 + torch.log2(torch.sqrt(area) / 56.0 + 1e-6))
        target = torch.clamp(target, min=0, max=len(features) - 1).to(torch.int64)
        result = torch.zeros(
            (regions.shape[0], features[0].shape[1], self.size, self.size), dtype=regions.dtype, device=regions.device
        )
        for level, feature in enumerate(features):
            index = torch.where(target == level)[0]
            scale = 2.0 ** float(torch.tensor(feature.shape[-2] / height).log2().round())
            pooled = torch.ops.torchvision.roi_align(feature, regions[index], scale, self.size, self.size, 2, False)
            result[index] = pooled.to(result.dtype)
        return result


class RoiHeads(nn.Module):
    def __init__(self, width: int, classes: int) -> None:
        super().__init__()
        self.pool = LevelledRoiAlign(["0", "1", "2", "3"], 5)
        self.fc1 = nn.Linear(25 * width, 48)
        self.fc2 = nn.Linear(48, 48)
        self.label = nn.Linear(48, classes)
        self.box = gentle(nn.Linear(48, 4 * classes))

    def forward(
        self, named: Dict[str, Tensor], proposals: List[Tensor], sizes: List[Tuple[int, int]], height: int
    ) -> List[Dict[str, Tensor]]:
        x = self.pool(named, proposals, height).flatten(start_dim=1)
        x = F.relu(self.fc2(F.relu(self.fc1(x))))
        labels, offsets = self.label(x), self.box(x)
        classes = labels.shape[-1]
        likely = F.softmax(labels, -1)
        counts = [boxes.shape[0] for boxes in proposals]
        found: List[Dict[str, Tensor]] = []
        for boxes, score, offset, size in zip(proposals, likely.split(counts, 0), offsets.split(counts, 0), sizes):
            repeated = boxes.unsqueeze(1).expand(-1, classes, -1).reshape(-1, 4)
            decoded = clip(decode(offset.reshape(-1, 4), repeated, (10.0, 10.0, 5.0, 5.0)), size[0], size[1])
            label = torch.arange(classes, device=score.device).view(1, -1).expand_as(score)
            box = decoded.view(-1, classes, 4)[:, 1:].reshape(-1, 4)
            flat, label = score[:, 1:].reshape(-1), label[:, 1:].reshape(-1)
            index = torch.where(flat > 0.25)[0]
            box, flat, label = box[index], flat[index], label[index]
            index = large_enough(box, 1e-2)
            box, flat, label = box[index], flat[index], label[index]
            index = by_class(box, flat, label, 0.5)[:40]
            found.append({"boxes": box[index], "labels": label[index], "scores": flat[index]})
        return found


class PictureTransform(nn.Module):
    """Normalises, resizes to a common shorter side, pads to one batch."""

    def __init__(self, shorter: int, longer: int) -> None:
        super().__init__()
        self.shorter, self.longer = float(shorter), float(longer)
        self.register_buffer("mean", torch.tensor([0.485, 0.456, 0.406]))
        self.register_buffer("deviation", torch.tensor([0.229, 0.224, 0.225]))

    def forward(self, images: List[Tensor]) -> Tuple[Tensor, List[Tuple[int, int]]]:
        ready: List[Tensor] = []
        for index in range(len(images)):
            image = images[index]
            if image.dim() != 3:
                raise ValueError(f"expected pictures of 3 dimensions, found {image.dim()}")
            image = (image - self.mean[:, None, None]) / self.deviation[:, None, None]
            height, width = image.shape[-2], image.shape[-1]
            scale = min(self.shorter / min(height, width), self.longer / max(height, width))
            size = [int(math.floor(height * scale)), int(math.floor(width * scale))]
            ready.append(F.interpolate(image[None], size=size, mode="bilinear", align_corners=False)[0])
        height, width = 0, 0
        for image in ready:
            height, width = max(height, image.shape[-2]), max(width, image.shape[-1])
        height, width = (height + 31) // 32 * 32, (width + 31) // 32 * 32
        batch = ready[0].new_full([len(ready), 3, height, width], 0.0)
        sizes: List[Tuple[int, int]] = []
        for index, image in enumerate(ready):
            batch[index, :, : image.shape[1], : image.shape[2]].copy_(image)
            sizes.append((image.shape[1], image.shape[2]))
        return batch, sizes


class FasterRcnn(nn.Module):
    """Ren et al., 2015, with a feature pyramid; inputs and answers are lists, one entry per picture."""

    def __init__(self) -> None:
        super().__init__()
        self.transform = PictureTransform(96, 160)
        self.backbone = Backbone()
        self.proposals = RegionProposals(16)
        self.heads = RoiHeads(16, 4)
        self.last: Optional[Tensor] = None

    def forward(self, images: List[Tensor]) -> List[Dict[str, Tensor]]:
        originals: List[Tuple[int, int]] = []
        for image in images:
            originals.append((image.shape[-2], image.shape[-1]))
        batch, sizes = self.transform(images)
        height, width = batch.shape[-2], batch.shape[-1]
        features = self.backbone(batch)
        proposals = self.proposals(height, width, sizes, features)
        found = self.heads(features, proposals, sizes, height)
        for index, prediction in enumerate(found):
            ratio_y = originals[index][0] / sizes[index][0]
            ratio_x = originals[index][1] / sizes[index][1]
            x1, y1, x2, y2 = prediction["boxes"].unbind(1)
            prediction["boxes"] = torch.stack([x1 * ratio_x, y1 * ratio_y, x2 * ratio_x, y2 * ratio_y], dim=1)
        return found


def some_pictures(*sizes: Tuple[int, int]):
    def draw(generator: torch.Generator):
        return ([torch.sigmoid(picture(1, 3, height, width, generator)[0]) for height, width in sizes],)

    return draw


add("faster_rcnn", "Faster R-CNN with FPN, small", "Ren et al. 2015, arXiv:1506.01497", FasterRcnn,
    some_pictures((72, 100), (110, 80)), inputs_b=some_pictures((64, 64)), exported=False, traced=False)


class YoloHead(nn.Module):
    """YOLOv3: two scales, anchors, sigmoid decoding, all with fixed sizes."""

    def __init__(self, classes: int = 3) -> None:
        super().__init__()
        self.classes = classes
        self.first = nn.Sequential(
            conv_norm(3, 8, 3, 2, activation=nn.LeakyReLU), conv_norm(8, 16, 3, 2, activation=nn.LeakyReLU)
        )
        self.second = conv_norm(16, 32, 3, 2, activation=nn.LeakyReLU)
        self.reduce = conv_norm(32, 16, 1, activation=nn.LeakyReLU)
        self.coarse = nn.Conv2d(32, 3 * (5 + classes), 1)
        self.fine = nn.Conv2d(32, 3 * (5 + classes), 1)
        self.register_buffer("anchors", torch.tensor([[[8.0, 9], [14, 10], [11, 20]], [[24, 22], [30, 50], [52, 36]]]))

    def boxes(self, x: Tensor, anchors: Tensor, stride: int) -> Tensor:
        batch, _, height, width = x.shape
        x = x.view(batch, 3, 5 + self.classes, height, width).permute(0, 1, 3, 4, 2).contiguous()
        grid = torch.stack(
            torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")[::-1], dim=-1
        ).to(x.dtype)
        y = torch.sigmoid(x)
        centre = (y[..., 0:2] * 2.0 - 0.5 + grid) * stride
        size = (y[..., 2:4] * 2) ** 2 * anchors.view(1, 3, 1, 1, 2)
        return torch.cat((centre, size, y[..., 4:]), -1).view(batch, -1, 5 + self.classes)

    def forward(self, x: Tensor) -> Tensor:
        first = self.first(x)
        second = self.second(first)
        up = F.interpolate(self.reduce(second), scale_factor=2.0, mode="nearest")
        fine = self.boxes(self.fine(torch.cat([up, first], dim=1)), self.anchors[0], 4)
        coarse = self.boxes(self.coarse(second), self.anchors[1], 8)
        return torch.cat([fine, coarse], dim=1)


add("yolo", "YOLO head, two scales", "Redmon & Farhadi 2018, arXiv:1804.02767", YoloHead, pictures(2, 3, 64, 64))
