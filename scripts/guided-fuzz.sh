#!/bin/sh
# Tries the readers of formats with libFuzzer: inputs that reach new code are kept and bent further.
#   scripts/guided-fuzz.sh [SECONDS] [CORPUS DIRECTORY]
# What it finds lies in the corpus directory as crash-…; run the program it names with that file to see it again.
set -eu

seconds=${1:-60}
root=$(cd "$(dirname "$0")/.." && pwd)
build=$root/.build/guided-fuzz
corpus=${2:-$build/corpus}
SWIFT_BIN=${SWIFT_BIN:-$(dirname "$(command -v swiftc)")}
mkdir -p "$build/modules" "$corpus"
cd "$build"

for module in CSimdJSON CExpat; do
	mkdir -p "modules/$module"
	printf 'module %s {\n    header "%s"\n    export *\n}\n' "$module" \
		"$root/Sources/$module/include/$module.h" > "modules/$module/module.modulemap"
done
"$SWIFT_BIN/clang++" -c -g -O1 -std=c++17 -fsanitize=address,fuzzer-no-link \
	-I "$root/Sources/CSimdJSON" -I "$root/Sources/CSimdJSON/include" -I "$root/Sources/CExpat/include" \
	"$root/Sources/CSimdJSON/simdjson_shim.cpp" "$root/Sources/CExpat/xml_reader.cpp"

swift_flags="-O -g -wmo -parse-as-library -swift-version 6 -sanitize=address,fuzzer
	-enable-upcoming-feature ExistentialAny -enable-upcoming-feature InternalImportsByDefault
	-enable-upcoming-feature MemberImportVisibility -enable-upcoming-feature NonisolatedNonsendingByDefault
	-I modules/CSimdJSON -I modules/CExpat -I $root/Sources/CZlib -I $root/Sources/CZstd"
# shellcheck disable=SC2086,SC2046
swiftc $swift_flags -module-name DriftFormats -emit-module -emit-module-path DriftFormats.swiftmodule \
	-c $(find "$root/Sources/DriftFormats" -name '*.swift') -o DriftFormats.o
# shellcheck disable=SC2086
swiftc $swift_flags -module-name GuidedFuzz -I . "$root/Benchmarks/GuidedFuzz/GuidedFuzz.swift" \
	"$root/Benchmarks/Fuzz/Fuzzer.swift" "$root/Benchmarks/Fuzz/FuzzInput.swift" \
	DriftFormats.o simdjson_shim.o xml_reader.o -lsimdjson -lexpat -lz -lzstd -lstdc++ -o guided-fuzz

./guided-fuzz -max_total_time="$seconds" -max_len=20000 -timeout=120 -rss_limit_mb=2048 -print_final_stats=1 \
	-artifact_prefix="$corpus/" "$corpus"
