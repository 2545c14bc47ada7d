#!/usr/bin/env python3
# The rules of the house, one function each: check.py RULE [ROOT]. Reads sources, changes nothing.
"""Prints one line per offence, `path:line: what is wrong`, and exits 1 if there is any."""

import os
import re
import sys
from pathlib import Path

MAX_LINES = 500
SKIPPED = {".git", "build", "dist", "node_modules", "corpus"}
CPP = {".cpp", ".hpp"}
SCRIPTS = {".js", ".mjs", ".cjs"}
HASH_COMMENTS = {".py", ".sh", ".cmake"}
TEXTS = CPP | SCRIPTS | HASH_COMMENTS | {".css", ".html", ".json", ".md", ".txt", ".yml", ""}

STANDARD_HEADERS = set(
    """algorithm any array atomic barrier bit bitset cassert cctype cerrno cfenv cfloat charconv
    chrono cinttypes climits clocale cmath compare complex concepts condition_variable coroutine
    csetjmp csignal cstdarg cstddef cstdint cstdio cstdlib cstring ctime cuchar cwchar cwctype deque
    exception execution filesystem format forward_list fstream functional future initializer_list
    iomanip ios iosfwd iostream istream iterator latch limits list locale map memory
    memory_resource mutex new numbers numeric optional ostream queue random ranges ratio regex
    scoped_allocator semaphore set shared_mutex source_location span sstream stack stdexcept
    stop_token streambuf string string_view strstream syncstream system_error thread tuple
    type_traits typeindex typeinfo unordered_map unordered_set utility valarray variant vector
    version""".split()
)
# The headers of libcrypto that tokens and ids may need; <openssl/ssl.h> belongs to libssl and net.
CRYPTO_NAMES = "core_names crypto err evp hmac params rand sha".split()
CRYPTO = [f"openssl/{name}.h" for name in CRYPTO_NAMES]

# Folder: libraries it may include (by prefix, beside the standard library), and folders of ours.
# The first that holds a file rules it.
LAYERS = {
    "net/wire": (["nlohmann/"], ["net/wire"]),
    "actors": (["caf/", "nlohmann/"] + CRYPTO, ["actors"]),
    "net": (None, ["net", "net/wire", "actors"]),
}

INCLUDE = re.compile(r"^\s*#\s*include\s*(?:([<\"])([^>\"]+)[>\"]|(\S.*))")


def files(root, suffixes, under="."):
    """All our files with these suffixes, in a stable order."""
    for folder, folders, names in os.walk(root / under):
        folders[:] = sorted(set(folders) - SKIPPED)
        # In a worktree .git is a file, with a path of its machine.
        for name in sorted(set(names) - SKIPPED):
            if Path(name).suffix in suffixes:
                yield (Path(folder) / name).relative_to(root)


def lines_of(root, path):
    return (root / path).read_text(encoding="utf-8", errors="replace").splitlines()


def includes_of(root, path):
    """(line number, "<" or '"' or "" for a macro, name) of each include."""
    for number, line in enumerate(lines_of(root, path), 1):
        found = INCLUDE.match(line)
        if found:
            yield number, found[1] or "", found[2] or found[3]


def folder_rule(path):
    return next((folder for folder in LAYERS if path.is_relative_to(folder)), None)


def includes(root):
    """net -> actors, net -> net/wire, and nothing else; each layer knows only its libraries."""
    for path in files(root, CPP):
        layer = folder_rule(path)
        if layer is None:
            continue
        libraries, own = LAYERS[layer]
        found = list(includes_of(root, path))
        for number, kind, name in found:
            where = f"{path}:{number}"
            if kind == "<":
                if name.startswith("reliable_signaler/"):
                    yield f"{where}: our own headers are included by relative path: <{name}>"
                elif libraries is not None and name not in STANDARD_HEADERS:
                    if not any(name.startswith(prefix) for prefix in libraries):
                        yield f"{where}: {layer} must not know <{name}>"
            elif kind == '"':
                target = (root / path.parent / name).resolve()
                if not target.is_file() or not target.is_relative_to(root):
                    yield f'{where}: no such file beside this one: "{name}"'
                elif folder_rule(target.relative_to(root)) not in own:
                    yield f'{where}: {layer} must not include "{name}"'
            else:
                yield f"{where}: an include must name its file: {name}"
        header = path.with_suffix(".hpp")
        if path.suffix == ".cpp" and (root / header).is_file():
            if not found or found[0][1:] != ('"', header.name):
                yield f'{path}:1: its own header comes first: "{header.name}"'


def file_size(root):
    """A source that is longer than a few screens has more than one subject."""
    for path in files(root, CPP | SCRIPTS | HASH_COMMENTS):
        count = len(lines_of(root, path))
        if count > MAX_LINES:
            yield f"{path}:{count}: {count} lines; at most {MAX_LINES}: split it by subject"


def first_line(root):
    """The first line (after #!) is a comment: what the file is. Headers guard themselves."""
    for path in files(root, TEXTS):
        lines = lines_of(root, path)
        shebang = bool(lines) and lines[0].startswith("#!")
        first = (lines + [""])[1 if shebang else 0]
        if path.suffix in CPP | SCRIPTS:
            good = re.match(r"(//|/\*)[ *]+\S+ \S+", first)
        elif shebang or path.suffix in HASH_COMMENTS or path.name == "CMakeLists.txt":
            good = re.match(r"# \S+ \S+", first)
        else:
            continue
        if not good:
            yield f"{path}:1: the first line must be a comment saying what this file is"
        if path.suffix == ".hpp" and "#pragma once" not in lines:
            yield f"{path}:1: a header needs #pragma once"


def public_headers(root, cmake):
    """The headers that a CMakeLists.txt gives to users."""
    text = re.sub(r"#[^\n]*", "", (root / cmake).read_text(encoding="utf-8"))
    for arguments in re.findall(r"\bpublic_headers\s*\(([^()]*)\)", text):
        for word in arguments.split()[1:]:
            yield cmake.parent / word.strip('"')


def headers_listed(root):
    """Headers that a user can reach are listed as public, so that what is installed is whole."""
    public = set()
    for cmake in files(root, {".txt"}):
        if cmake.name == "CMakeLists.txt":
            public |= set(public_headers(root, cmake))
            if re.search(r"file\s*\(\s*GLOB", (root / cmake).read_text(encoding="utf-8")):
                yield f"{cmake}:1: files are listed, not globbed"
    for layer in LAYERS:
        if layer not in map(folder_rule, public):
            yield f"{layer}/CMakeLists.txt:1: no header of {layer} is public"
    for path in sorted(public):
        if not (root / path).is_file():
            yield f"{path}:1: listed as public but not there"
    for path in files(root, CPP):
        if folder_rule(path) is None:
            continue
        for number, kind, name in includes_of(root, path):
            target = (root / path.parent / name).resolve()
            if kind != '"' or not target.is_file() or target.relative_to(root) in public:
                continue
            if path in public:
                yield f'{path}:{number}: a public header includes "{name}", which is none'
            elif folder_rule(target.relative_to(root)) != folder_rule(path):
                yield f'{path}:{number}: "{name}" of another folder is not public'


OUTSIDE = re.compile(
    r"\.\./shared\b|/work/main|/work/shared|/tmp/build-|/(?:root|home/\w+)/|\bissue #?\d",
    re.IGNORECASE,
)
UNFINISHED = re.compile(r"\b(?:TODO|FIXME|XXX)\b")


def references(root):
    """The tree stands alone and is finished: no paths of one machine, no notes to oneself."""
    for path in files(root, TEXTS):
        if path.is_relative_to("tests/style"):
            continue
        for number, line in enumerate(lines_of(root, path), 1):
            for found in (OUTSIDE.search(line), UNFINISHED.search(line)):
                if found:
                    yield f"{path}:{number}: no place for {found[0]!r}"


RULES = {
    rule.__name__: rule for rule in (includes, file_size, first_line, headers_listed, references)
}


def main(rule, root):
    root = Path(root).resolve()
    if not any(files(root, CPP)):
        print(f"{root}: nothing to check", file=sys.stderr)
        return 1
    offences = list(RULES[rule](root))
    print("\n".join(offences) or f"{rule}: nothing to say")
    return 1 if offences else 0


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3) or sys.argv[1] not in RULES:
        sys.exit(f"usage: check.py {'|'.join(RULES)} [ROOT]")
    sys.exit(main(sys.argv[1], (sys.argv + ["."])[2]))
