#!/usr/bin/env bash
# What action.yml runs: measures a run, and writes the verdict to the job's summary whatever it is.
# Reads FINETUNE_RUN, FINETUNE_DATA, FINETUNE_AGAINST, FINETUNE_FAIL_UNDER and FINETUNE_COMMAND.
set -uo pipefail

read -r -a command <<< "${FINETUNE_COMMAND:-npx finetune}"
arguments=(evaluate "${FINETUNE_RUN:?}" --data "${FINETUNE_DATA:?}" --json)
[ -z "${FINETUNE_AGAINST:-}" ] || arguments+=(--against "$FINETUNE_AGAINST")
[ -z "${FINETUNE_FAIL_UNDER:-}" ] || arguments+=(--fail-under "$FINETUNE_FAIL_UNDER")

figures="${RUNNER_TEMP:-/tmp}/finetune-accuracy.$$.json"
"${command[@]}" "${arguments[@]}" > "$figures"
code=$?
[ -z "${GITHUB_OUTPUT:-}" ] || echo "json=$figures" >> "$GITHUB_OUTPUT"
node "$(dirname "${BASH_SOURCE[0]}")/summary.mjs" "$figures" "$code" >> "${GITHUB_STEP_SUMMARY:-/dev/stdout}"
exit "$code"
