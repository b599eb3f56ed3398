#!/bin/sh
# Ten lines in a file beside this script.
cd "$(dirname "$0")" || exit 1
counter=0
while [ "$counter" -lt 10 ]; do
  echo "The counter is $counter" >> counter.data
  counter=$((counter + 1))
done
