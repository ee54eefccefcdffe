# Sourced by run.sh and test.sh: nothing but Bash is presumed, and Cargo is there afterwards.

fail() {
    printf '%s: %s\n' "$0" "$1" >&2
    exit 1
}

# Installs Debian packages: PACKAGE...
install_packages() {
    [[ $(id -u) == 0 ]] || fail "$* must be installed: run this as root, or install it yourself"
    command -v apt-get >/dev/null || fail "this machine has no apt-get: install $* yourself"
    printf '==> installing %s\n' "$*" >&2
    local log
    log=$(mktemp)
    if ! { apt-get --yes --quiet update && DEBIAN_FRONTEND=noninteractive apt-get --yes --quiet \
        install --no-install-recommends "$@"; } >"$log" 2>&1; then
        tail -n 20 "$log" >&2
        rm -f "$log"
        fail "$* cannot be installed: check the network"
    fi
    rm -f "$log"
}

# Puts Cargo on the PATH: the installed one, else rustup from Debian (13 and later) or from its own site.
need_toolchain() {
    export PATH="$PATH:${CARGO_HOME:-$HOME/.cargo}/bin"
    command -v cc >/dev/null || install_packages gcc libc6-dev
    command -v make >/dev/null || install_packages make
    if command -v cargo >/dev/null; then
        return
    fi
    if apt-cache policy rustup 2>/dev/null | grep --quiet 'Candidate: [^(]'; then
        install_packages rustup
        return
    fi
    command -v curl >/dev/null || install_packages curl ca-certificates
    printf '==> installing the Rust toolchain\n' >&2
    # The toolchain itself is named by rust-toolchain.toml; Cargo's first start fetches it.
    curl --proto '=https' --tlsv1.2 --silent --show-error --fail https://sh.rustup.rs |
        sh -s -- -y --quiet --no-modify-path --default-toolchain none ||
        fail "Rust cannot be installed: check the network, or install it from https://rustup.rs"
}
