import Glibc

/// The folder that a socket is in.
enum SocketFolder {
    /// Makes the folder with mode 0700 where it is missing, and refuses one that others can change.
    static func prepare(_ path: String) throws(DoorError) {
        if unsafe mkdir(path, 0o700) != 0, errno != EEXIST { throw .failed("mkdir", path) }
        try check(path)
    }

    /// Whether it could be made where it is missing: the folder above has to be there, and this user's to write.
    static func checkMaking(_ path: String) throws(DoorError) {
        let end = path.lastIndex(of: "/") ?? path.startIndex
        let above = end == path.startIndex ? "/" : String(path[..<end])
        guard unsafe access(above, W_OK | X_OK) == 0 else { throw .failed("mkdir", path) }
        try checkAbove(path)
    }

    /// Refuses a folder that others can change.
    static func check(_ path: String) throws(DoorError) {
        guard let folder = try FileStatus.ofName(path) else { throw .failed("lstat", path) }
        guard folder.type == S_IFDIR else { throw .unsafeFolder(path, why: "it is \(FileStatus.name(of: folder.type))") }
        guard folder.owner == geteuid() else { throw .unsafeFolder(path, why: "it belongs to user \(folder.owner)") }
        guard folder.mode & 0o022 == 0 else { throw .unsafeFolder(path, why: "others can write into it") }
        try checkAbove(path)
    }

    /// Whoever can rename a folder above, or a link on the way, can put another in its place.
    ///
    /// Goes the way that the kernel goes (path_resolution(7)), name by name, links included.
    private static func checkAbove(_ path: String) throws(DoorError) {
        var ahead = names(of: path)
        var place = ""
        var links = 0
        try check("/", FileStatus.ofName("/"))
        while let name = ahead.first {
            ahead.removeFirst()
            guard name != "." else { continue }
            guard name != ".." else {
                place = place.lastIndex(of: "/").map { String(place[..<$0]) } ?? ""
                continue
            }
            let next = place + "/" + name
            let status = try FileStatus.ofName(next)
            guard status?.type == S_IFLNK else {
                // The folder itself has been looked at, more strictly.
                if !ahead.isEmpty { try check(next, status) }
                place = next
                continue
            }
            try checkOwner(next, status)
            links += 1
            guard links <= 40, let target = target(of: next) else { throw .failed("readlink", next) }
            if target.hasPrefix("/") { place = "" }
            ahead = names(of: target) + ahead
        }
    }

    private static func names(of path: String) -> [String] { path.split(separator: "/").map(String.init) }

    private static func check(_ path: String, _ folder: FileStatus?) throws(DoorError) {
        try checkOwner(path, folder)
        guard let mode = folder?.mode, mode & 0o022 != 0, mode & S_ISVTX == 0 else { return }
        throw .unsafeFolder(path, why: mode & 0o002 != 0 ? "everybody can write into it" : "its group can write into it")
    }

    private static func checkOwner(_ path: String, _ found: FileStatus?) throws(DoorError) {
        guard let found else { throw .failed("lstat", path) }
        guard found.owner == 0 || found.owner == geteuid() else { throw .unsafeFolder(path, why: "it belongs to user \(found.owner)") }
    }

    private static func target(of link: String) -> String? {
        var bytes = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = unsafe readlink(link, &bytes, bytes.count)
        guard count > 0, count < bytes.count else { return nil }
        return String(decoding: bytes.prefix(count).map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
