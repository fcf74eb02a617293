#!/usr/bin/env bash
# Installs, through the system's package manager, those of the named programs that
# are missing, or names the one command that does. Silent when nothing is.
#
#   scripts/setup.sh [postgresql] [redis] [chromium] [cc]
#
# PostgreSQL 15 or later is needed to run anything; Redis, Chromium and a C
# compiler (for the race detector) only by tests.
set -euo pipefail

oldest_postgresql=15

say() { printf 'setup: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }

# newest_postgresql prints the newest major version among the installed servers.
newest_postgresql() {
  local newest=0 postgres version
  for postgres in /usr/lib/postgresql/*/bin/postgres /usr/pgsql-*/bin/postgres \
    /usr/lib/postgresql*/bin/postgres /usr/libexec/postgresql*/postgres \
    /opt/homebrew/opt/postgresql@*/bin/postgres /usr/local/opt/postgresql@*/bin/postgres \
    "$(command -v postgres || true)"; do
    [[ -x $postgres ]] || continue
    version=$("$postgres" --version 2>/dev/null | sed -nE 's/.*PostgreSQL\) ([0-9]+).*/\1/p')
    if [[ -n $version ]] && ((version > newest)); then newest=$version; fi
  done
  echo "$newest"
}

installed() {
  case $1 in
    postgresql) (($(newest_postgresql) >= oldest_postgresql)) ;;
    redis) have redis-server ;;
    chromium) have chromium || have chromium-browser || have google-chrome || have google-chrome-stable || have headless-shell ;;
    cc) have "${CC:-gcc}" || have clang ;;
    *) die "unknown program $1; use postgresql, redis, chromium, cc" ;;
  esac
}

# package prints what a program's package is called here.
package() {
  case $manager:$1 in
    apt-get:redis) echo redis-server ;;
    apt-get:cc) echo gcc libc6-dev ;;
    apt-get:chromium) if [[ $family == *ubuntu* ]]; then echo chromium-browser; else echo chromium; fi ;;
    dnf:postgresql) echo postgresql-server ;;
    apk:cc) echo gcc musl-dev ;;
    zypper:postgresql) echo postgresql-server ;;
    brew:postgresql) echo postgresql@17 ;;
    *:cc) echo gcc ;;
    *) echo "$1" ;;
  esac
}

missing=()
for program in "$@"; do
  installed "$program" || missing+=("$program")
done
((${#missing[@]})) || exit 0

family=$(. /etc/os-release 2>/dev/null && echo "${ID:-} ${ID_LIKE:-}" || true)
manager=
for candidate in apt-get dnf zypper pacman apk brew; do
  if have "$candidate"; then manager=$candidate; break; fi
done
[[ $manager ]] || die "please install ${missing[*]}; this system has no package manager that I know"

case $manager in
  apt-get) install=(apt-get install -y --no-install-recommends) ;;
  dnf) install=(dnf install -y) ;;
  zypper) install=(zypper --non-interactive install) ;;
  pacman) install=(pacman -S --noconfirm) ;;
  apk) install=(apk add) ;;
  brew) install=(brew install) ;;
esac

packages=()
for program in "${missing[@]}"; do
  read -ra names <<<"$(package "$program")"
  packages+=("${names[@]}")
done

# as_root is empty for root, "sudo" where that works, and "no" elsewhere.
as_root=
if ((EUID != 0)); then
  as_root=no
  if have sudo && { sudo -n true 2>/dev/null || [[ -t 0 && -t 2 ]]; }; then as_root=sudo; fi
fi
if [[ $manager != apt-get || $as_root == no ]]; then
  prefix=sudo
  if ((EUID == 0)) || [[ $manager == brew ]]; then prefix=; fi
  die "missing: ${missing[*]}. Install with: ${prefix:+$prefix }${install[*]} ${packages[*]}"
fi

apt() { ${as_root:+sudo} env DEBIAN_FRONTEND=noninteractive "$@" >&2; }

say "installing ${packages[*]}"
refreshed=
install_packages() {
  apt "${install[@]}" "$@" && return
  [[ $refreshed ]] && return 1
  refreshed=yes
  apt apt-get update && apt "${install[@]}" "$@"
}

for program in "${missing[@]}"; do
  read -ra names <<<"$(package "$program")"
  if ! install_packages "${names[@]}" || ! installed "$program"; then
    case $program in
      # Some systems have no browser to install (Ubuntu's is a snap, which
      # containers cannot run). The tests of the pages say that they were skipped.
      chromium) say "no Chromium here: the tests that need a browser will be skipped" ;;
      postgresql)
        if (($(newest_postgresql) > 0)); then
          die "this system's PostgreSQL is $(newest_postgresql), $oldest_postgresql or later is needed. Install it with: ${as_root:+sudo }apt-get install -y postgresql-common && ${as_root:+sudo }/usr/share/postgresql-common/pgdg/apt.postgresql.org.sh -y && ${as_root:+sudo }apt-get install -y postgresql"
        fi
        die "could not install it. Try: ${as_root:+sudo }${install[*]} ${names[*]}"
        ;;
      *) die "could not install it. Try: ${as_root:+sudo }${install[*]} ${names[*]}" ;;
    esac
  fi
done
