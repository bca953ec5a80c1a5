#!/bin/bash
# The verdicts of flows while the agent at the resolver is killed and comes back.
PART="kill" exec "$(dirname "$0")/verdicts.root.sh"
