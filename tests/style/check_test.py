#!/usr/bin/env python3
# The style rules bite: each is given a small tree that breaks it, and one that does not.
import contextlib
import io
import tempfile
import unittest
from pathlib import Path

import check

GOOD = {
    "CMakeLists.txt": "# The top of the tree.\n",
    "actors/CMakeLists.txt": "# The domain.\n"
    "public_headers(a room.hpp ids.hpp)\n",
    "actors/ids.hpp": "// Names of things. No behaviour.\n#pragma once\n#include <string>\n",
    "actors/room.hpp": "// A room. No sockets.\n#pragma once\n"
    '#include <caf/actor.hpp>\n#include "ids.hpp"\n',
    "actors/room.cpp": '// A room.\n#include "room.hpp"\n\n'
    "#include <openssl/rand.h>\n#include <vector>\n",
    "net/CMakeLists.txt": "# The wire.\n"
    "target_sources(n PRIVATE server.cpp)\npublic_headers(n server.hpp)\n",
    "net/server.hpp": "// A server. No rooms.\n#pragma once\n"
    '#include <boost/asio.hpp>\n#include "../actors/room.hpp"\n',
    "net/server.cpp": '// A server.\n#include "server.hpp"\n#include "wire/text.hpp"\n'
    "#include <sys/socket.h>\n",
    "net/wire/CMakeLists.txt": "# Pure things.\n"
    "public_headers(w\n  text.hpp)\n",
    "net/wire/text.hpp": "// Bytes. No packets.\n#pragma once\n"
    "#include <string_view>\n#include <nlohmann/json.hpp>\n",
    "tests/wire/text_test.cpp": '// Tests of text.\n#include "../../net/wire/text.hpp"\n'
    "#include <boost/asio.hpp>\n",
    "run.sh": "#!/bin/sh\n# Runs the server.\n",
}


class style(unittest.TestCase):
    def offences(self, rule, changes):
        """What `rule` says of the good tree with these files changed or added."""
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder).resolve()
            for name, text in {**GOOD, **changes}.items():
                path = root / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
            return list(check.RULES[rule](root))

    def bites(self, rule, where, text, name=None):
        """`rule` says one thing of the good tree with `text` in a file, and says it of `where`."""
        found = self.offences(rule, {name or where.split(":")[0]: text})
        self.assertEqual(len(found), 1, found)
        self.assertTrue(found[0].startswith(where + ":"), found)

    def test_a_good_tree_passes_every_rule(self):
        for rule in check.RULES:
            self.assertEqual(self.offences(rule, {}), [], rule)

    def test_an_empty_tree_is_not_taken_for_a_good_one(self):
        with tempfile.TemporaryDirectory() as folder:
            with contextlib.redirect_stderr(io.StringIO()):
                self.assertEqual(check.main("includes", folder), 1)

    def test_actors_know_neither_boost_nor_net_nor_tls(self):
        head = '// A room.\n#include "room.hpp"\n'
        for name in ("<boost/asio.hpp>", "<openssl/ssl.h>", "<spdlog/spdlog.h>", "<unistd.h>"):
            self.bites("includes", "actors/room.cpp:3", head + f"#include {name}\n")
        self.bites("includes", "actors/room.cpp:3", head + '#include "../net/server.hpp"\n')

    def test_wire_knows_neither_actors_nor_caf_nor_the_rest_of_net(self):
        head = "// Bytes. No packets.\n#pragma once\n"
        for name in ("<caf/all.hpp>", '"../../actors/ids.hpp"', '"../server.hpp"'):
            self.bites("includes", "net/wire/text.hpp:3", head + f"  # include {name}\n")

    def test_net_does_not_include_tests(self):
        text = '// More of it.\n#include "../tests/wire/text_test.cpp"\n'
        self.bites("includes", "net/more.cpp:2", text)

    def test_includes_are_relative_and_real(self):
        for name in ('"actors/room.hpp"', "<reliable_signaler/room.hpp>", "CONFIG_HEADER"):
            self.bites("includes", "net/more.cpp:2", f"// More of it.\n#include {name}\n")

    def test_the_own_header_comes_first(self):
        text = '// A server.\n#include <vector>\n#include "server.hpp"\n'
        self.bites("includes", "net/server.cpp:1", text)

    def test_a_source_has_at_most_five_hundred_lines(self):
        line = "// One more line.\n"
        self.assertEqual(self.offences("file_size", {"net/long.cpp": line * 500}), [])
        self.bites("file_size", "net/long.cpp:501", line * 501)
        self.bites("file_size", "web/long.js:501", line * 501)

    def test_dependencies_and_builds_are_not_ours(self):
        long = "more\n" * 501
        found = self.offences("file_size", {"web/node_modules/a.js": long, "build/a.js": long})
        self.assertEqual(found, [])

    def test_what_git_keeps_in_a_worktree_is_not_ours(self):
        self.assertEqual(self.offences("references", {".git": "gitdir: /home/someone/x\n"}), [])

    def test_the_first_line_says_what_the_file_is(self):
        self.bites("first_line", "net/server.cpp:1", '#include "server.hpp"\n')
        self.bites("first_line", "web/client.js:1", "'use strict'\n")
        self.bites("first_line", "run.sh:1", "#!/bin/sh\nexec server\n")
        self.bites("first_line", "net/CMakeLists.txt:1", "add_library(net)\n")
        self.bites("first_line", "net/empty.cpp:1", "")

    def test_a_header_guards_itself(self):
        self.bites("first_line", "net/server.hpp:1", "// A server. No rooms.\n")

    def test_a_header_used_by_another_folder_is_public(self):
        cmake = "target_sources(a PRIVATE room.hpp)\npublic_headers(a ids.hpp)\n"
        found = self.offences("headers_listed", {"actors/CMakeLists.txt": cmake})
        self.assertEqual([offence.split(":")[0] for offence in found], ["net/server.hpp"])

    def test_every_layer_installs_something(self):
        cmake = "# Pure things.\nadd_library(w text.hpp)\n"
        found = self.offences("headers_listed", {"net/wire/CMakeLists.txt": cmake})
        self.assertIn("net/wire/CMakeLists.txt:1: no header of net/wire is public", found)

    def test_a_public_header_includes_only_public_ones(self):
        cmake = "target_sources(a PRIVATE ids.hpp)\npublic_headers(a room.hpp)\n"
        self.bites("headers_listed", "actors/room.hpp:4", cmake, "actors/CMakeLists.txt")

    def test_a_listed_header_exists_and_a_comment_lists_nothing(self):
        cmake = GOOD["actors/CMakeLists.txt"]
        gone = cmake.replace("room.hpp", "room.hpp gone.hpp")
        self.bites("headers_listed", "actors/gone.hpp:1", gone, "actors/CMakeLists.txt")
        hidden = cmake.replace(" room.hpp", " # room.hpp\n")
        self.bites("headers_listed", "net/server.hpp:4", hidden, "actors/CMakeLists.txt")

    def test_files_are_not_globbed(self):
        self.bites("headers_listed", "CMakeLists.txt:1", "# The top.\nfile(GLOB all *.cpp)\n")

    def test_nothing_unfinished_and_no_foreign_path(self):
        for text in ("// TODO: more", "x FIXME", "see ../shared/x", "/home/someone/x", "issue 12"):
            self.bites("references", "README.md:1", text)


if __name__ == "__main__":
    unittest.main()
