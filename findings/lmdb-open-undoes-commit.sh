#!/usr/bin/env bash
# LMDB: opening an environment undoes what another process commits at that moment.
#
# One process adds 1 to a counter, a transaction each time. Another opens the same environment and closes it, again and
# again, and writes nothing. No step of the counter may ever get lost.
#
# Cause: mdb_env_open (mdb.c) reads the meta page and ends with `env->me_txns->mti_txnid = meta.mm_txnid;`, outside of
# the writer's mutex. If another process commits in between, the next writer begins from the snapshot before that
# commit. LMDB 0.9.29 no longer does this when others have the environment open (ITS#9496); the LMDB in this package
# does.
#
# The writer pauses after each commit, so that one commit at most falls between the opener's two steps. Of faster
# writers, whose number is set back by two, it was also seen that they fail (MDB_BAD_TXN, "mdb_page_touch no parent"),
# hang, and end with a segmentation fault. Both processes end at the first wrong counter, before anything more is
# written.
#
# Why it matters here: docs/decisions/lmdb.md, "A lock of our own".
# Exit code: 0 seen, 1 not seen, 2 could not be looked for.
set -euo pipefail

readonly PACKAGE=lmdb VERSION=3.5.6
readonly ROUNDS=${ROUNDS:-10} SECONDS_A_ROUND=6

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

printf '{"private": true, "type": "module"}\n' >package.json
if ! npm install --silent --no-audit --no-fund --save-exact "$PACKAGE@$VERSION" >npm.log 2>&1; then
  cat npm.log >&2
  echo "$PACKAGE@$VERSION could not be installed" >&2
  exit 2
fi

cat >common.js <<'JS'
import { open } from "lmdb";
export const environment = () =>
  open({ path: process.argv[2], noSubdir: false, overlappingSync: false, noSync: true });
export const until = performance.now() + 1000 * Number(process.argv[3]);
JS

# Ends with 3 at the first wrong counter.
cat >writer.js <<'JS'
import { environment, until } from "./common.js";
const db = environment();
db.putSync("counter", 0);
process.send("ready");
const pause = new Int32Array(new SharedArrayBuffer(4));
for (let n = 0; performance.now() < until; n++) {
  const found = db.transactionSync(() => {
    const counter = db.get("counter");
    if (counter === n) db.putSync("counter", n + 1);
    return counter;
  });
  Atomics.wait(pause, 0, 0, 4);
  if (found === n) continue;
  console.log(`  after ${n} commits the counter is ${found}: ${n - found} undone`);
  process.exit(3);
}
console.log("  every commit was there");
process.exit(0);
JS

cat >opener.js <<'JS'
import { environment, until } from "./common.js";
while (performance.now() < until) await environment().close();
JS

# Starts the opener once the writer has begun; both end with the writer.
cat >round.js <<'JS'
import { fork } from "node:child_process";
const [directory, seconds] = process.argv.slice(2);
const writer = fork("./writer.js", [directory, seconds]);
let opener;
writer.on("message", () => {
  opener = fork("./opener.js", [directory, seconds]);
});
writer.on("exit", (code, signal) => {
  opener?.kill("SIGKILL");
  if (signal !== null) console.log(`  the writer ended with ${signal}`);
  process.exitCode = code ?? 3;
});
JS

echo "$PACKAGE $(node -p 'JSON.parse(fs.readFileSync("node_modules/lmdb/package.json")).version'), Node.js $(node --version), $(uname -sm)"
echo "Expected: opening an environment never changes it; the counter is the number of commits."

seen=0
for ((round = 1; round <= ROUNDS && seen == 0; round++)); do
  mkdir "state-$round"
  status=0
  node round.js "state-$round" "$SECONDS_A_ROUND" || status=$?
  case $status in
    0) ;;
    3) seen=1 ;;
    *) echo "  the writer failed (exit code $status); another round" ;;
  esac
done

if ((seen)); then
  echo "Seen: a commit was undone by a process that only opened the environment (round $((round - 1)) of $ROUNDS)."
else
  echo "Not seen in $ROUNDS rounds of $SECONDS_A_ROUND s."
  exit 1
fi
