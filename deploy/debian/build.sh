#!/usr/bin/env bash
# Makes the Debian package of a built program: deploy/debian/build.sh [PROGRAM [FOLDER]]
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
tree=$work/tree
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

# The libraries' packages, as the dynamic linker's names tell.
mkdir -p "$work/debian" "$tree/DEBIAN"
printf 'Source: kontor\n\nPackage: kontor\nArchitecture: any\n' >"$work/debian/control"
depends=$(cd "$work" && dpkg-shlibdeps -O tree/usr/bin/kontor | sed -n 's/^shlibs:Depends=//p')
size=$(du -k -s --apparent-size --exclude=DEBIAN "$tree" | cut -f1)
sed "s|@version@|$version|; s|@architecture@|$architecture|; s|@size@|$size|; s|@depends@|$depends|" \
    $here/control.in >"$tree/DEBIAN/control"
echo /etc/kontor/kontor.env >"$tree/DEBIAN/conffiles"
install -m 755 $here/postinst $here/prerm $here/postrm "$tree/DEBIAN/"
(cd "$tree" && find . -type f ! -path './DEBIAN/*' -printf '%P\0' | sort -z | xargs -0 md5sum) >"$work/md5sums"
install -m 644 "$work/md5sums" "$tree/DEBIAN/md5sums"
find "$tree" -type d -exec chmod 755 {} +

mkdir -p "$target"
dpkg-deb --root-owner-group -Zxz --build "$tree" "$target/kontor_${version}_$architecture.deb" >/dev/null
echo "$target/kontor_${version}_$architecture.deb"
