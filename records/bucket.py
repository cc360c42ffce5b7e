"""A bucket on any server that speaks S3: sends files with checksums, and takes a file for sent when a HEAD agrees.

Keys, region and endpoint are boto3's own: `AWS_ACCESS_KEY_ID`, `AWS_ENDPOINT_URL_S3`, its files and roles.
"""

import hashlib
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from records.file_store import writing_durably
from schemas.errors import InfrastructureError, InputError, storing
from schemas.sandbox import MIB

PART_BYTES = 8 * MIB
"""Files that are larger go in parts of this size; S3 takes 10,000 parts of 5 MiB or more."""
TRIES = 5
"""With boto3's standard back-off between them: at random up to 1, 2, 4, 8 s."""
CONNECT_WITHIN_S, ANSWER_WITHIN_S = 5.0, 60.0
STALE = timedelta(days=1)
"""An upload in parts of this age belongs to a process that was killed."""
ABSENT = ("NoSuchBucket", "InvalidBucketName")
REFUSED = ("403", "AccessDenied", "AllAccessDisabled", "InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken")
NEEDED = "s3:ListBucket, s3:GetObject, s3:PutObject, s3:DeleteObject and s3:AbortMultipartUpload"


@dataclass(frozen=True)
class Digests:
    """What S3 says of a file that it holds whole: size, MD5 and SHA-256, of a file in parts those of its parts' own."""

    size_bytes: int
    etag: str
    checksum: str


def read_digests(path: Path) -> Digests:
    """Return what a HEAD must agree with; reads the file, and raises InfrastructureError where it can't be read."""
    md5s, sha256s = list[bytes](), list[bytes]()
    with storing(path), path.open("rb") as stream:
        while (part := stream.read(PART_BYTES)) or not md5s:
            md5s.append(hashlib.md5(part, usedforsecurity=False).digest())
            sha256s.append(hashlib.sha256(part).digest())
        size_bytes = stream.tell()
    if size_bytes >= PART_BYTES:
        etag = f"{hashlib.md5(b''.join(md5s), usedforsecurity=False).hexdigest()}-{len(md5s)}"
        return Digests(size_bytes, etag, b64encode(hashlib.sha256(b"".join(sha256s)).digest()).decode())
    return Digests(size_bytes, b"".join(md5s).hex(), b64encode(b"".join(sha256s)).decode())


class Bucket:
    """The objects of `s3://NAME/PREFIX`; raises InputError where the bucket is missing or refuses.

    Whatever else fails raises InfrastructureError, after so many tries.
    """

    def __init__(self, url: str, tries: int = TRIES) -> None:
        parsed = urlsplit(url)
        self.url, self._name, self._tries = url, parsed.netloc, tries
        self._prefix = f"{parsed.path.strip('/')}/".removeprefix("/")

    def send(self, path: Path, key: str) -> Digests:
        """Put a file, unless it is there whole; raises InfrastructureError where the bucket then holds another."""
        whole = read_digests(path)
        if self._agrees(key, whole):
            return whole
        from boto3.s3.transfer import TransferConfig

        cut = TransferConfig(multipart_threshold=PART_BYTES, multipart_chunksize=PART_BYTES, use_threads=False)
        with self._speaking():
            self._client.upload_file(
                str(path), self._name, self._prefix + key, ExtraArgs={"ChecksumAlgorithm": "SHA256"}, Config=cut
            )
        if not self._agrees(key, whole):
            raise InfrastructureError(f"{self.url}/{key} is not what was sent from {path}: it is sent again later")
        return whole

    def fetch(self, key: str, path: Path) -> bool:
        """Write an object to a file, whole or not at all; return whether there is one."""
        with suppress(_AbsentError), self._speaking(), writing_durably(path) as stream:
            self._client.download_fileobj(self._name, self._prefix + key, stream)
            return True
        return False

    def list_keys(self, prefix: str) -> tuple[str, ...]:
        """Return the keys that begin so, in order."""
        with self._speaking():
            pages = self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self._name, Prefix=self._prefix + prefix
            )
            return tuple(one["Key"].removeprefix(self._prefix) for page in pages for one in page.get("Contents", ()))

    def remove(self, key: str) -> None:
        """Remove an object, if it is there."""
        with self._speaking():
            self._client.delete_object(Bucket=self._name, Key=self._prefix + key)

    def end_stale(self) -> int:
        """End the uploads in parts that killed processes have left, which would be paid for; return how many."""
        begun = datetime.now(UTC) - STALE
        with self._speaking():
            found = self._client.list_multipart_uploads(Bucket=self._name, Prefix=self._prefix).get("Uploads", ())
            stale = [one for one in found if one["Initiated"] < begun]
            for one in stale:
                self._client.abort_multipart_upload(Bucket=self._name, Key=one["Key"], UploadId=one["UploadId"])
        return len(stale)

    def close(self) -> None:
        """Let go of the server."""
        for used in (self, vars(self).get("impatient")):
            if used is not None and "_client" in vars(used):
                used._client.close()

    def _agrees(self, key: str, whole: Digests) -> bool:
        """Say whether a HEAD shows the same; an ETag is no MD5 where the server encrypts by its key service."""
        head = None
        with suppress(_AbsentError), self._speaking():
            head = self._client.head_object(Bucket=self._name, Key=self._prefix + key, ChecksumMode="ENABLED")
        if head is None:
            return False
        checksum = head.get("ChecksumSHA256", whole.checksum).partition("-")[0]
        hashed = head.get("ServerSideEncryption", "AES256") == "AES256"
        etag = head["ETag"].strip('"') if hashed else whole.etag
        return Digests(head["ContentLength"], etag, checksum) == whole

    @cached_property
    def impatient(self) -> "Bucket":
        """Return the same bucket, asked once."""
        return Bucket(self.url, tries=1)

    @cached_property
    def _client(self) -> Any:
        import boto3
        from botocore.config import Config

        retries = {"mode": "standard", "total_max_attempts": self._tries}
        within = {"connect_timeout": CONNECT_WITHIN_S, "read_timeout": ANSWER_WITHIN_S}
        return boto3.session.Session().client("s3", config=Config(retries=retries, **within))

    @contextmanager
    def _speaking(self) -> Iterator[None]:
        """Map what boto3 raises, and what it wraps."""
        from boto3.exceptions import Boto3Error
        from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

        try:
            yield
        except (BotoCoreError, ClientError, Boto3Error, ValueError) as error:
            cause = error.__context__ if isinstance(error, Boto3Error) and error.__context__ else error
            said = cause.response.get("Error", {}) if isinstance(cause, ClientError) else {}
            code = str(said.get("Code", ""))
            if code in ("404", "NoSuchKey"):
                raise _AbsentError from error
            if code in ABSENT:
                told = f"there is no bucket '{self._name}' at the server: make it, or name another"
            elif code in REFUSED:
                told = f"the bucket refuses ({code}): give its key the rights {NEEDED}"
            elif isinstance(cause, NoCredentialsError):
                told = "no key for the bucket: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or as boto3 finds them"
            else:
                raise InfrastructureError(f"{self.url} can't be reached: {cause}") from error
            raise InputError(f"{self.url}: {told}") from error


class _AbsentError(Exception):
    """There is no such object."""
