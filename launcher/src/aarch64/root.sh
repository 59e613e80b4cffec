#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# root.sh CACHE          makes CACHE/root, a Debian arm64 tree with a headless Java 17, and CACHE/java, that Java under qemu-aarch64-static
# root.sh CACHE kernel   makes CACHE/kernel as well: Debian's arm64 kernel, its modules, and the ZCU102's device tree
#
# Needs no superuser, no container and no binfmt: arm64 packages are downloaded by apt with a state of its own, from the Debian mirror that
# this machine uses, and unpacked. This machine's package database stays as it is. Made once (66 MB of downloads, 263 MB; the
# kernel 60 MB and 350 MB more); delete CACHE to make it anew. SAGUARO_APT_SOURCES names another list of package sources.
# Ends with 77 and a line that begins with SKIP where something is missing.
set -eu

if [ $# -lt 1 ] || [ $# -gt 2 ]; then
    echo "usage: root.sh CACHE [kernel]" >&2
    exit 2
fi
skip() {
    echo "SKIP: $*"
    exit 77
}

# What the distribution needs on a board and nothing else: libtorch wants libstdc++ and zlib, the Verilated library the same libstdc++;
# busybox is the shell and the tools that bin/saguaro calls.
packages="openjdk-17-jre-headless libstdc++6 libgcc-s1 zlib1g busybox-static"

for tool in apt-get apt-cache dpkg-deb tar; do
    command -v $tool >/dev/null || skip "no $tool: the arm64 tree is made of Debian's packages, on a Debian machine"
done
qemu=$(command -v qemu-aarch64-static || command -v qemu-aarch64) ||
    skip "no qemu-aarch64-static: apt-get install qemu-user-static"

mkdir -p "$1"
cache=$(cd "$1" && pwd -P)
what=${2:-root}

# Runs an apt tool with a state of its own: arm64, nothing installed.
private() {
    tool=$1
    shift
    "$tool" -q -o Dir::State="$cache/apt" -o Dir::State::lists="$cache/apt/lists" -o Dir::State::status="$cache/apt/status" \
        -o Dir::Cache="$cache/apt" -o Dir::Etc::sourcelist=/dev/null -o Dir::Etc::sourceparts="$cache/apt/etc" \
        -o APT::Architecture=arm64 -o APT::Architectures::=arm64 -o APT::Sandbox::User="$(id -un)" \
        -o APT::Install-Recommends=false -o Debug::NoLocking=true -o Acquire::Languages=none "$@"
}

update() {
    sources=${SAGUARO_APT_SOURCES:-}
    for file in /etc/apt/sources.list.d/debian.sources /etc/apt/sources.list; do
        if [ -z "$sources" ] && [ -s $file ]; then
            sources=$file
        fi
    done
    [ -n "$sources" ] || skip "no Debian package sources on this machine: name a file with some in SAGUARO_APT_SOURCES"
    mkdir -p "$cache/apt/lists/partial" "$cache/apt/archives/partial" "$cache/apt/etc"
    : >"$cache/apt/status"
    case $sources in
        *.sources) cp "$sources" "$cache/apt/etc/debian.sources" ;;
        *) cp "$sources" "$cache/apt/etc/debian.list" ;;
    esac
    private apt-get update >"$cache/apt/update.log" 2>&1 ||
        skip "apt-get update for arm64 failed, see $cache/apt/update.log; SAGUARO_APT_SOURCES names other sources"
}

# The links of a tree that are absolute would lead out of it: nothing here runs inside the tree.
make_links_relative() {
    find "$1" -type l | while read -r link; do
        target=$(readlink "$link")
        case $target in
            /*)
                up=$(echo "${link#"$1/"}" | sed 's:[^/]*/:../:g; s:[^/]*$::')
                ln -sfn "$up${target#/}" "$link"
                ;;
        esac
    done
}

make_root() {
    echo "downloading Debian arm64 packages ($packages) into $cache/apt ..."
    update
    # shellcheck disable=SC2086  # A list of words.
    private apt-get --download-only -y install $packages >"$cache/apt/download.log" 2>&1 ||
        skip "the arm64 packages cannot be downloaded, see $cache/apt/download.log"

    rm -rf "$cache/root"
    mkdir -p "$cache/root/usr/lib" "$cache/root/usr/bin" "$cache/root/usr/sbin"
    for folder in lib bin sbin; do
        ln -s usr/$folder "$cache/root/$folder"
    done
    for deb in "$cache"/apt/archives/*.deb; do
        dpkg-deb --fsys-tarfile "$deb" | tar -x --keep-directory-symlink --no-same-owner --no-same-permissions -C "$cache/root"
    done
    (cd "$cache/root/usr/share" && rm -rf doc man locale info)
    make_links_relative "$cache/root"

    # A JAVA_HOME whose java is the arm64 one, emulated. Its helper for starting processes would need binfmt; vfork does not.
    java=$(cd "$cache/root/usr/lib/jvm" && find . -maxdepth 1 -name 'java-17-openjdk-*' -type d | head -n 1)
    home=$cache/root/usr/lib/jvm/${java#./}
    rm -rf "$cache/java"
    mkdir -p "$cache/java/bin"
    ln -s "$home/release" "$cache/java/release"
    cat >"$cache/java/bin/java" <<END
#!/bin/sh
# Java for arm64, emulated; written by root.sh.
exec "$qemu" -L "$cache/root" "$home/bin/java" -Djdk.lang.Process.launchMechanism=VFORK "\$@"
END
    chmod +x "$cache/java/bin/java"

    # What the package's script does after an installation: without the archive of the JDK's classes every start takes longer.
    "$cache/java/bin/java" -Xshare:dump -XX:-UsePerfData >"$cache/cds.log" 2>&1 ||
        echo "no archive of the JDK's classes, see $cache/cds.log" >&2
    "$cache/java/bin/java" -version >"$cache/version.log" 2>&1 || {
        echo "the arm64 Java does not run under $qemu, see $cache/version.log" >&2
        exit 1
    }
    echo "$(sed -n 1p "$cache/version.log"), $(du -sh "$cache/root" | cut -f 1) in $cache/root"
    : >"$cache/root.complete"
}

make_kernel() {
    echo "downloading Debian's arm64 kernel into $cache/apt ..."
    update
    package=$(private apt-cache depends linux-image-arm64 | sed -n 's/.*Depends: \(linux-image-\)/\1/p' | head -n 1)
    [ -n "$package" ] || skip "the package sources have no kernel for arm64 (linux-image-arm64)"
    (cd "$cache/apt/archives/partial" && private apt-get download "$package") >"$cache/apt/kernel.log" 2>&1 ||
        skip "the arm64 kernel cannot be downloaded, see $cache/apt/kernel.log"
    rm -rf "$cache/kernel"
    mkdir -p "$cache/kernel"
    dpkg-deb -x "$cache/apt/archives/partial/$package"_*.deb "$cache/kernel"
    echo "$package"
    : >"$cache/kernel.complete"
}

[ -e "$cache/root.complete" ] || make_root
[ "$what" != kernel ] || [ -e "$cache/kernel.complete" ] || make_kernel
