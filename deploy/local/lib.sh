# What up and down share: where things are in a state folder, and processes by their pid files.
# shellcheck shell=bash disable=SC2154  # "state" is set by whoever reads this

say() { printf '%s\n' "$*"; }
die() {
  printf '%s: %s\n' "${0##*/}" "$*" >&2
  exit 1
}

default_state() {
  if [[ $(id -u) == 0 ]]; then
    echo /var/lib/posthorn
  else
    echo "${XDG_STATE_HOME:-$HOME/.local/state}/posthorn"
  fi
}

# running NAME: whether the process that STATE/run/NAME.pid names is alive and still that program.
running() {
  local pid
  pid=$(cat "$state/run/$1.pid" 2>/dev/null) && [[ -n $pid && -r /proc/$pid/cmdline ]] || return 1
  [[ $(tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null) == *"${1%-*}"* ]]
}

# stop NAME SIGNAL SECONDS: ends it, with SIGKILL when it takes longer.
stop() {
  running "$1" || {
    rm -f "$state/run/$1.pid"
    return 0
  }
  local pid deadline
  pid=$(<"$state/run/$1.pid")
  deadline=$((SECONDS + $3))
  kill "-$2" "$pid" 2>/dev/null || true
  while running "$1"; do
    if ((SECONDS >= deadline)); then
      say "$1 (process $pid) does not end within $3 s: killed"
      kill -KILL "$pid" 2>/dev/null || true
      deadline=$((SECONDS + 5))
    fi
    sleep 0.05
  done
  rm -f "$state/run/$1.pid"
}
