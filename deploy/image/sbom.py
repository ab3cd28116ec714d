"""The image's bill of materials (SPDX 2.3): sbom.py PACKAGES PROGRAM, where PACKAGES has a line a package:
name, version, architecture (or "pypi") and source package with tabs between."""

from __future__ import annotations

import datetime
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys
import urllib.parse


def package(name: str, version: str, architecture: str, source: str) -> dict:
    """Of Debian, or (architecture "pypi") from the Python package index."""
    quoted = urllib.parse.quote(version, safe="")
    debian = architecture != "pypi"
    return {
        "SPDXID": f"SPDXRef-{'deb' if debian else 'pypi'}-{re.sub('[^A-Za-z0-9.-]', '-', name)}",
        "name": name,
        "versionInfo": version,
        "supplier": "Organization: Debian" if debian else "NOASSERTION",
        "downloadLocation": "NOASSERTION",
        "filesAnalyzed": False,
        "licenseConcluded": "NOASSERTION",
        "licenseDeclared": "NOASSERTION",
        "licenseComments": f"/usr/share/doc/{name}",
        "copyrightText": "NOASSERTION",
        "sourceInfo": f"{'Debian source package' if debian else 'Python package'} {source}",
        "externalRefs": [
            {
                "referenceCategory": "PACKAGE-MANAGER",
                "referenceType": "purl",
                "referenceLocator": f"pkg:deb/debian/{name}@{quoted}?arch={architecture}"
                if debian
                else f"pkg:pypi/{name}@{quoted}",
            }
        ],
    }


def main() -> None:
    rows = sorted({tuple(line.split("\t")) for line in pathlib.Path(sys.argv[1]).read_text().splitlines()})
    program = pathlib.Path(sys.argv[2])
    version = subprocess.check_output([program, "--version"], text=True).split()[1]
    digest = hashlib.sha256(program.read_bytes()).hexdigest()
    epoch = int(os.environ.get("SOURCE_DATE_EPOCH", datetime.datetime.now().timestamp()))
    created = datetime.datetime.fromtimestamp(epoch, datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    kontor = {
        "SPDXID": "SPDXRef-kontor", "name": "kontor", "versionInfo": version, "downloadLocation": "NOASSERTION",
        "filesAnalyzed": False, "licenseConcluded": "Apache-2.0", "licenseDeclared": "Apache-2.0",
        "copyrightText": "NOASSERTION", "checksums": [{"algorithm": "SHA256", "checksumValue": digest}],
    }  # fmt: skip
    packages = [package(*row) for row in rows]
    contents = hashlib.sha256(repr((rows, digest)).encode()).hexdigest()
    kinds = [("SPDXRef-DOCUMENT", "DESCRIBES", "SPDXRef-kontor")]
    kinds += [("SPDXRef-kontor", "DEPENDS_ON", one["SPDXID"]) for one in packages]
    document = {
        "spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT", "name": "kontor-image",
        "documentNamespace": f"urn:kontor:image:{contents}",
        "creationInfo": {"created": created, "creators": ["Tool: deploy/image/sbom.py"]},
        "packages": [kontor, *packages],
        "relationships": [
            {"spdxElementId": one, "relationshipType": kind, "relatedSpdxElement": other} for one, kind, other in kinds
        ],
    }  # fmt: skip
    json.dump(document, sys.stdout, indent=1)


main()
