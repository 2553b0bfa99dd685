"""Write a software bill of materials (SBOM): pixbin, its models, and the packages that it needs.

`python -m tests.supply.sbom FILE` writes JSON of CycloneDX 1.6 (ECMA-424). It names the versions
that are installed here. The same packages give the same bytes, so it has no serial number; its
time is that of the variable `SOURCE_DATE_EPOCH` (reproducible-builds.org), if there is one.
"""

from __future__ import annotations

import datetime
import json
import os
import sys
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path
from typing import Any

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.license import License
from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL

from pixbin import __version__, files
from pixbin.neural import model_card
from tests.supply.packages import ROOT_PACKAGE, Packages, installed_packages

_LICENCE_CLASSIFIER = "License :: OSI Approved :: "
_LONGEST_LICENCE_NAME = 60  #: characters; what is longer is the text of a licence


def sbom_json() -> str:
    """Return the bill of materials of the packages that are installed.

    Raises
    ------
    ValueError
        It does not follow the schema of CycloneDX.
    """
    text = JsonV1Dot6(_bill(installed_packages())).output_as_string(indent=2)
    entries = json.loads(text)
    # The library adds a random number and the time of today. The schema needs neither.
    entries.pop("serialNumber", None)
    del entries["metadata"]["timestamp"]
    if build_time := _build_time():
        entries["metadata"]["timestamp"] = build_time
    text = json.dumps(entries, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    if error := JsonStrictValidator(SchemaVersion.V1_6).validate_str(text):
        raise ValueError(f"no CycloneDX: {error}")
    return text


def _bill(packages: Packages) -> Bom:
    components = {name: _package(packages.distribution(name)) for name in packages.needs}
    root = components.pop(ROOT_PACKAGE)
    root.type, root.version = ComponentType.APPLICATION, __version__
    root.components = _models()
    bill = Bom(components=components.values())
    bill.metadata.component = root
    for name, needed in packages.needs.items():
        bill.register_dependency(
            components.get(name, root), [components[other] for other in sorted(needed)]
        )
    return bill


def _build_time() -> str:
    """Return the time of the build by its variable; an empty text without it."""
    seconds = os.environ.get("SOURCE_DATE_EPOCH")
    if not seconds:
        return ""
    return datetime.datetime.fromtimestamp(int(seconds), datetime.UTC).isoformat()


def _package(distribution: metadata.Distribution) -> Component:
    """Return a package as a component, with its address in the Python Package Index."""
    fields: Any = distribution.metadata
    name, version = fields["Name"].lower().replace("_", "-"), distribution.version
    if name == ROOT_PACKAGE:
        version = __version__  # that of an editable installation may be an older one
    address = PackageURL("pypi", name=name, version=version)
    return Component(
        type=ComponentType("library"),
        name=name,
        version=version,
        purl=address,
        bom_ref=str(address),
        description=fields.get("Summary"),
        licenses=_licences(_licence_texts(fields)),
    )


def _licence_texts(fields: Any) -> list[str]:
    """Return the licences of a package: an expression, a name, or those of its classifiers."""
    if expression := fields.get("License-Expression"):
        return [expression]
    name = (fields.get("License") or "").strip()
    if name and "\n" not in name and len(name) <= _LONGEST_LICENCE_NAME:
        return [name]
    rows = fields.get_all("Classifier") or []
    return [
        row.removeprefix(_LICENCE_CLASSIFIER) for row in rows if row.startswith(_LICENCE_CLASSIFIER)
    ]


def _licences(texts: Iterable[str]) -> list[License]:
    return [LicenseFactory().make_from_string(text) for text in texts]


def _models() -> list[Component]:
    """Return the networks that pixbin ships, each with its digest and licences."""
    models = []
    for path in sorted(model_card.models_folder().glob("*.onnx")):
        card = json.loads(path.with_suffix(".json").read_text("utf-8"))
        rows = [card, *card.get("networks", {}).values()]
        licences = sorted({row["licence"] for row in rows if "licence" in row})
        models.append(
            Component(
                type=ComponentType.MACHINE_LEARNING_MODEL,
                name=path.stem,
                version=card.get("version"),
                bom_ref=f"model:{path.stem}",
                hashes=[HashType(alg=HashAlgorithm.SHA_256, content=card["sha256"])],
                licenses=_licences(licences),
            )
        )
    return models


def main() -> None:
    """Write the file that the argument names."""
    target = Path(sys.argv[1])
    target.parent.mkdir(parents=True, exist_ok=True)
    text = sbom_json()
    files.write_file(target, text.encode())
    print(f"{target}: {len(json.loads(text)['components'])} packages and {len(_models())} models")


if __name__ == "__main__":
    main()
