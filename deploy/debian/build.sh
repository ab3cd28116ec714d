#!/usr/bin/env bash
# Makes the Debian packages of a built program: deploy/debian/build.sh [PROGRAM [FOLDER]]
# kontor, and kontor-parquet if the module for Parquet is built, beside the program.
set -euo pipefail
cd "$(dirname "$0")/../.."
source scripts/packages.sh
install_packages dpkg-dev binutils
program=${1:-build/release/kontor}
target=${2:-build}
here=deploy/debian
version=$(sed -n "s/^  version: '\(.*\)',/\1/p" meson.build)
architecture=$(dpkg --print-architecture)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tree=$work/kontor
doc=$tree/usr/share/doc/kontor
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(date -d "$(sed -n 's/^ -- .*>  //p' $here/changelog | head -1)" +%s)}

install -D -m 755 "$program" "$tree/usr/bin/kontor"
strip --strip-unneeded --remove-section=.comment "$tree/usr/bin/kontor"
install -D -m 644 deploy/systemd/kontor.service "$tree/lib/systemd/system/kontor.service"
install -D -m 644 $here/kontor.env "$tree/etc/kontor/kontor.env"
install -D -m 644 -t "$doc" README.md docs/*.md
scripts/install-pages.sh "$tree/usr/bin/kontor" "$tree/usr"
install -m 644 $here/copyright "$doc/copyright"
gzip -9n <$here/changelog >"$doc/changelog.gz"

# finish TREE COMPRESSION FILE…: control data, checksums, the package. The files' libraries are dependencies.
finish() {
    local made=$1 compression=$2 name depends size
    shift 2
    name=$(basename "$made")
    mkdir -p "$work/debian" "$made/DEBIAN"
    printf 'Source: kontor\n\nPackage: kontor\nArchitecture: any\n' >"$work/debian/control"
    depends=$(cd "$work" && dpkg-shlibdeps -O --ignore-missing-info --warnings=0 "$@" | sed -n 's/^shlibs:Depends=//p')
    size=$(du -k -s --apparent-size --exclude=DEBIAN "$made" | cut -f1)
    sed "s|@version@|$version|; s|@architecture@|$architecture|; s|@size@|$size|; s|@depends@|$depends|" \
        "$here/$name.control.in" >"$made/DEBIAN/control"
    (cd "$made" && find . -type f ! -path './DEBIAN/*' -printf '%P\0' | sort -z | xargs -0 md5sum) >"$work/md5sums"
    install -m 644 "$work/md5sums" "$made/DEBIAN/md5sums"
    find "$made" -type d -exec chmod 755 {} +
    mkdir -p "$target"
    dpkg-deb --root-owner-group "$compression" --build "$made" "$target/${name}_${version}_$architecture.deb" >/dev/null
    echo "$target/${name}_${version}_$architecture.deb"
}

mkdir -p "$tree/DEBIAN"
echo /etc/kontor/kontor.env >"$tree/DEBIAN/conffiles"
install -m 755 $here/postinst $here/prerm $here/postrm "$tree/DEBIAN/"
finish "$tree" -Zxz "$tree/usr/bin/kontor"

module=$(dirname "$program")/kontor-parquet.so
if [ -f "$module" ]; then
    install_packages patchelf
    parquet=$work/kontor-parquet
    scripts/install-module.sh "$module" "$parquet/usr/lib/kontor" "$parquet/usr/share/doc/kontor-parquet" >/dev/null
    finish "$parquet" -Zgzip "$parquet"/usr/lib/kontor/*.so*
fi
