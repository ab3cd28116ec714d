"""Is everything there that the other phases need?"""

from __future__ import annotations

import urllib.error

from ..clients.database import DatabaseError
from ..clients.http import HTTPError
from ..clients.kubernetes import KubernetesError
from ..clients.s3 import S3Error
from ..deployment import Deployment, PhaseResult, failed, passed

AWAY = (HTTPError, KubernetesError, ConnectionError, urllib.error.URLError, OSError)


def run(deployment: Deployment) -> PhaseResult:
    """Database, APIs and storage. Without the Sources API it goes on: the provider is then made by SQL."""
    options = deployment.options
    if options.provider_type != "AWS":
        return failed(
            f"Kontor does not process reports of provider type {options.provider_type.lower()} yet; only aws"
        )
    try:
        migrations = deployment.database.check_migrations()
    except DatabaseError as error:
        return failed(f"the database can't be asked: {error}")
    print(f"  Database koku: {migrations} migrations, {deployment.database.get_provider_count()} providers")
    try:
        deployment.costs().status()
        print(f"  Cost Management API: {deployment.costs_url()} answers")
    except AWAY as error:
        return failed(f"the Cost Management API does not answer: {error}")
    try:
        types = deployment.sources_api().get_source_types()
        print(f"  Sources API: {deployment.sources_url()} answers, {len(types)} source types")
    except AWAY as error:
        print(f"  Sources API: does not answer ({error}); a missing provider will be made by SQL")
    try:
        there = deployment.storage.bucket_exists(options.bucket)
    except S3Error as error:
        return failed(f"the object storage can't be used: {error}")
    print(f"  Storage: bucket {options.bucket} {'is there' if there else 'will be made'}")
    return passed(migrations=migrations)
