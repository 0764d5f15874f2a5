#!/usr/bin/env bash
# Times chartlint and helm lint on the same charts, in turn. Usage: compare.sh PATH…
set -euo pipefail
ours=$(cd "$(dirname "$0")/.." && pwd)/target/release/chartlint
runs=${RUNS:-5}
charts=()
for path in "$@"; do
  if [ -f "$path/Chart.yaml" ]; then charts+=("$path"); else
    for chart in "$path"/*/Chart.yaml; do charts+=("$(dirname "$chart")"); done
  fi
done
[ "${#charts[@]}" -gt 0 ] || { echo "usage: compare.sh PATH…" >&2; exit 2; }

# Seconds of wall time and of CPU of one run.
once() {
  local out
  out=$( { TIMEFORMAT='%R %U %S'; time "$@" >/dev/null 2>&1 || true; } 2>&1 | tail -n 1)
  awk '{ print $1, $2 + $3 }' <<<"$out"
}
median() { sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }

for ((i = 0; i < runs; i++)); do
  a+="$(once "$ours" check "${charts[@]}")"$'\n'
  b+="$(once helm lint "${charts[@]}")"$'\n'
done
for column in 1 2; do
  name=$([ "$column" = 1 ] && echo wall || echo cpu)
  ours_median=$(printf '%s' "$a" | awk -v c="$column" '{ print $c }' | median)
  helm_median=$(printf '%s' "$b" | awk -v c="$column" '{ print $c }' | median)
  awk -v n="$name" -v a="$ours_median" -v b="$helm_median" -v k="${#charts[@]}" \
    'BEGIN { printf "%s, %d charts: chartlint %.3f s, helm lint %.3f s, %.1f times faster\n", n, k, a, b, b / (a > 0 ? a : 0.001) }'
done
