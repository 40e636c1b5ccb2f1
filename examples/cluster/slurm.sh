#!/bin/sh
# A run on a cluster with SLURM: sbatch slurm.sh INPUT OUT   (OUT on a file system that all nodes see)
#SBATCH --job-name=dedup
#SBATCH --ntasks=10
#SBATCH --cpus-per-task=2
#SBATCH --mem-per-cpu=2G
#SBATCH --time=12:00:00
set -eu
note=$(mktemp --tmpdir="$2" scheduler-XXXXXX.json)
trap 'rm -f "$note"; kill $(jobs -p) 2>/dev/null || true' EXIT
# workers on other nodes report to the run's Prefect server: start one that all reach, or keep one (PREFECT_API_URL)
prefect server start --host 0.0.0.0 --port 4200 &
export PREFECT_API_URL="http://$(hostname -f):4200/api"
until python -c "import urllib.request as r; r.urlopen('$PREFECT_API_URL/health')" 2>/dev/null; do sleep 2; done
dask scheduler --scheduler-file "$note" --no-dashboard &
srun --ntasks=$((SLURM_NTASKS - 1)) --overlap dask worker --scheduler-file "$note" --nthreads 1 --memory-limit 4GB \
  --local-directory "${TMPDIR:-/tmp}" &
until [ -s "$note" ]; do sleep 1; done
scheduler=$(python -c "import json, sys; print(json.load(open(sys.argv[1]))['address'])" "$note")
dedup run "$1" --out "$2" --engine dask --scheduler "$scheduler"
