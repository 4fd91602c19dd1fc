#!/usr/bin/env python3
"""scripts/check-includes notices what it is there for: each breach alone, in a tree of its own."""
import pathlib
import shutil
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]


class CheckIncludes(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.tree = pathlib.Path(folder.name)
        (self.tree / "docs").mkdir()
        shutil.copy(ROOT / "docs/architecture.md", self.tree / "docs")
        subprocess.run(["git", "init", "-q", self.tree], check=True)
        self.write("base/task.hpp", "#pragma once\n")
        self.write("updates/update.hpp", '#include "base/task.hpp"\n')
        self.write("monitor/head_monitor.hpp", '#include "updates/update.hpp"\n')
        self.write("metrics/collector.cpp", '#include "updates/update.hpp"\n')

    def write(self, path, text):
        file = self.tree / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def complaints(self):
        done = subprocess.run([ROOT / "scripts/check-includes"], cwd=self.tree, capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode != 0, done.stderr != "", done)
        return done.stderr

    def test_includes_along_the_way_of_the_data_pass(self):
        self.assertEqual(self.complaints(), "")

    def test_an_output_that_reaches_into_the_monitor_is_found(self):
        self.write("metrics/collector.cpp", '#include "monitor/head_monitor.hpp"\n')
        self.assertIn("metrics/collector.cpp:1: metrics/ must not include monitor/head_monitor.hpp", self.complaints())

    def test_an_output_that_includes_another_output_is_found(self):
        self.write("logging/log.cpp", '#include "metrics/collector.hpp"\n')
        self.assertIn("logging/log.cpp:1: logging/ must not include metrics/collector.hpp", self.complaints())

    def test_an_arrow_upwards_is_found(self):
        self.write("updates/update.hpp", '#include "base/task.hpp"\n\n#include "http/request.hpp"\n')
        self.assertIn("updates/update.hpp:3: updates/ must not include http/request.hpp", self.complaints())

    def test_a_page_that_would_let_an_output_see_the_monitor_is_refused(self):
        page = self.tree / "docs/architecture.md"
        lines = page.read_text(encoding="utf-8").splitlines()
        lines = [line[:-2] + ", `monitor` |" if line.startswith("| `metrics/`") else line for line in lines]
        page.write_text("\n".join(lines), encoding="utf-8")
        self.assertIn("metrics/ is an output and must not be allowed to include monitor/", self.complaints())

    def test_a_room_that_the_page_does_not_draw_is_found(self):
        self.write("shed/tool.cpp", '#include "base/task.hpp"\n')
        self.assertIn("shed/tool.cpp: shed/ has no row", self.complaints())

    def test_a_library_outside_its_room_is_found(self):
        self.write("metrics/collector.cpp", "#include <curl/curl.h>\n")
        self.assertIn("<curl/curl.h> belongs to http alone", self.complaints())

    def test_a_slow_library_in_a_header_for_others_is_found(self):
        self.write("http/client.hpp", "#include <curl/curl.h>\n")
        self.write("sse/stream.cpp", '#include "http/client.hpp"\n')
        self.assertIn("http/client.hpp:1: <curl/curl.h> in a header", self.complaints())


if __name__ == "__main__":
    unittest.main()
