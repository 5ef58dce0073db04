"""Runners: the programs that run tests, check style, or build, and the words that may stand before them."""

from __future__ import annotations

# What only lists, explains or prepares, and runs nothing.
IDLE = frozenset(
    {
        *(
            "--version",
            "--help",
            "-h",
            "--collect-only",
            "--co",
            "--fixtures",
            "--markers",
            "--listTests",
            "--list-tests",
        ),
        *("--showConfig", "--no-run", "-list", "--list", "--listenvs", "--notest", "-DskipTests", "-DskipTests=true"),
        *("-Dmaven.test.skip=true", "--setup-plan", "--init", "--clearCache"),
    }
)
SKIPPING = {
    **dict.fromkeys(
        ("sudo", "time", "nice", "nohup", "command", "exec", "xvfb-run", "unbuffer", "dotenv", "stdbuf"), 0
    ),
    **dict.fromkeys(("env", "cross-env", "winpty", "doas", "then", "do", "else", "if", "while", "!", "{", "eval"), 0),
    **dict.fromkeys(("npx", "bunx", "pnpx", "uvx", "pipx", "dlx", "nyc", "c8", "watch", "entr", "strace", "ionice"), 0),
    **dict.fromkeys(("timeout", "gtimeout"), 1),
}
"""Words before the command proper, and how many plain words of their own they take."""
RUNS = frozenset({"poetry", "uv", "pipenv", "hatch", "rye", "pdm", "pixi", "mise", "conda", "mamba", "micromamba"})
ONE_WORD_OPTIONS = frozenset(
    {
        *(
            "--with",
            "--extra",
            "--group",
            "--python",
            "-p",
            "--project",
            "--directory",
            "--env-file",
            "-n",
            "--name",
            "-e",
        ),
        *(
            "--env",
            "-u",
            "--user",
            "-w",
            "--workdir",
            "-v",
            "--volume",
            "--package",
            "-s",
            "-k",
            "--with-editable",
            "-C",
        ),
        *("--network", "--entrypoint", "--mount", "--platform", "-f", "--file", "--profile", "-c", "--prefix", "-q"),
        *("--filter", "-F", "--workspace", "--cwd"),
    }
)
TESTERS = frozenset(
    {
        *("pytest", "py.test", "tox", "nox", "vitest", "jest", "mocha", "ava", "jasmine", "phpunit", "pest", "rspec"),
        *("gotestsum", "ginkgo", "ctest", "nosetests", "nose2", "behave", "robot", "bats", "busted", "prove", "qunit"),
        *(
            "elm-test",
            "testcafe",
            "trial",
            "green",
            "ptw",
            "pytest-watch",
            "uvu",
            "tap",
            "cucumber",
            "minitest",
            "stestr",
        ),
        *("mutmut", "stryker", "karma", "wtr", "web-test-runner", "tstest", "newman", "parallel_rspec", "karate"),
    }
)
LINTERS = frozenset(
    {
        *("ruff", "flake8", "pylint", "mypy", "pyright", "basedpyright", "black", "isort", "bandit", "vulture", "pyre"),
        *("eslint", "prettier", "biome", "stylelint", "oxlint", "standard", "xo", "tslint", "golangci-lint", "gofmt"),
        *("goimports", "staticcheck", "rubocop", "shellcheck", "shfmt", "hadolint", "ktlint", "detekt", "phpstan"),
        *("psalm", "phpcs", "swiftlint", "swiftformat", "yamllint", "markdownlint", "djlint", "semgrep", "pycodestyle"),
        *("pydocstyle", "autoflake", "yapf", "rustfmt", "clang-format", "clang-tidy", "sqlfluff", "actionlint", "ty"),
        *("lint-imports", "import-linter", "checkstyle", "credo", "vue-tsc", "knip", "pre-commit"),
    }
)
BUILDERS = frozenset(
    {
        *(
            "webpack",
            "rollup",
            "esbuild",
            "parcel",
            "tsup",
            "gcc",
            "g++",
            "clang",
            "clang++",
            "javac",
            "rustc",
            "kotlinc",
        ),
        *("ninja", "msbuild", "pyinstaller", "ghc", "tsc"),
    }
)
SUB_TEST: dict[str, frozenset[str]] = {
    "go": frozenset({"test"}),
    "cargo": frozenset({"test", "t", "nextest", "llvm-cov", "tarpaulin"}),
    "dotnet": frozenset({"test", "vstest"}),
    "swift": frozenset({"test"}),
    "flutter": frozenset({"test"}),
    "dart": frozenset({"test"}),
    "deno": frozenset({"test"}),
    "mix": frozenset({"test"}),
    "rails": frozenset({"test", "spec"}),
    "rake": frozenset({"test", "spec"}),
    "cypress": frozenset({"run"}),
    "playwright": frozenset({"test"}),
    "bazel": frozenset({"test"}),
    "bazelisk": frozenset({"test"}),
    "lein": frozenset({"test"}),
    "stack": frozenset({"test"}),
    "cabal": frozenset({"test"}),
    "sbt": frozenset({"test", "testOnly", "testQuick"}),
    "mill": frozenset({"test"}),
    "forge": frozenset({"test"}),
    "hardhat": frozenset({"test"}),
    "truffle": frozenset({"test"}),
    "ng": frozenset({"test", "e2e"}),
    "nx": frozenset({"test", "e2e"}),
    "zig": frozenset({"test"}),
    "react-scripts": frozenset({"test"}),
    "composer": frozenset({"test"}),
    "artisan": frozenset({"test"}),
    "hatch": frozenset({"test"}),
    "xcodebuild": frozenset({"test"}),
    "wdio": frozenset({"run"}),
    "rebar3": frozenset({"eunit", "ct"}),
    "gleam": frozenset({"test"}),
    "crystal": frozenset({"spec"}),
    "vite-plus": frozenset({"test"}),
}
SUB_LINT: dict[str, frozenset[str]] = {
    "go": frozenset({"vet", "fmt"}),
    "cargo": frozenset({"clippy", "fmt", "check"}),
    "dotnet": frozenset({"format"}),
    "mix": frozenset({"format", "credo", "dialyzer"}),
    "deno": frozenset({"lint", "fmt", "check"}),
    "dart": frozenset({"analyze", "format"}),
    "flutter": frozenset({"analyze"}),
    "next": frozenset({"lint"}),
    "ng": frozenset({"lint"}),
    "nx": frozenset({"lint"}),
    "terraform": frozenset({"validate", "fmt"}),
    "uv": frozenset({"format"}),
    "bun": frozenset({"lint"}),
}
SUB_BUILD: dict[str, frozenset[str]] = {
    "go": frozenset({"build", "install", "generate"}),
    "cargo": frozenset({"build", "b", "install"}),
    "dotnet": frozenset({"build", "publish", "pack"}),
    "swift": frozenset({"build"}),
    "flutter": frozenset({"build"}),
    "docker": frozenset({"build", "buildx"}),
    "docker-compose": frozenset({"build"}),
    "vite": frozenset({"build"}),
    "next": frozenset({"build"}),
    "nuxt": frozenset({"build", "generate"}),
    "astro": frozenset({"build"}),
    "ng": frozenset({"build"}),
    "nx": frozenset({"build"}),
    "bazel": frozenset({"build"}),
    "poetry": frozenset({"build"}),
    "uv": frozenset({"build"}),
    "hatch": frozenset({"build"}),
    "mix": frozenset({"compile"}),
    "sbt": frozenset({"compile", "package", "assembly"}),
    "stack": frozenset({"build"}),
    "cabal": frozenset({"build"}),
    "zig": frozenset({"build"}),
    "react-scripts": frozenset({"build"}),
    "bun": frozenset({"build"}),
    "xcodebuild": frozenset({"build", "archive"}),
}
SHELLS = frozenset({"bash", "sh", "zsh", "dash", "ksh", "fish", "pwsh", "powershell"})
PACKAGE = frozenset({"npm", "yarn", "pnpm", "bun"})
MAKE = frozenset({"make", "gmake", "just", "task", "mage", "invoke", "inv", "doit", "earthly", "ninja"})
