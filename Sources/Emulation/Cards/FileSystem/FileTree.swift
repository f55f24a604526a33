/// The files of a card and which of them are current; ISO/IEC 7816-4, 7.2 and 7.3.
///
/// A selection that finds nothing changes nothing.
struct FileTree: Sendable {
    /// What P1 of SELECT asks for, besides names and paths; ISO/IEC 7816-4, table 62.
    enum Choice: UInt8 {
        /// The master file, or a file in or around the current directory.
        case any = 0x00
        /// A directory in the current one.
        case child = 0x01
        /// An elementary file in the current directory.
        case elementary = 0x02
    }

    let files: [CardFile]
    /// The path of the current directory.
    private(set) var directory: [UInt16] = []
    /// The current file: an elementary one, or the directory itself when none was selected since.
    private(set) var current: CardFile
    /// The record that the last one was, by its number; `nil` while that is not defined (ISO/IEC 7816-4, 7.4.2).
    var record: Int?

    /// A tree with the master file current.
    ///
    /// - Parameters:
    ///   - files: all but the master file.
    ///   - name: the master file's own name, for a card that is one application.
    init(_ files: [CardFile], name: [UInt8]? = nil) {
        let master = CardFile([], .directory(name: name))
        self.files = [master] + files
        current = master
    }

    /// The names of all directories that have one.
    var names: [[UInt8]] { files.compactMap(\.name) }

    /// Goes back to the master file.
    mutating func reset() { select(files[0]) }

    /// Selects by file identifier.
    ///
    /// - Parameter below: whether a file in a directory below the current one is found, too.
    mutating func select(identifier: UInt16, _ choice: Choice, below: Bool = false) -> CardFile? {
        if choice == .any, identifier == CardFile.masterIdentifier { return select(files[0]) }
        let children = files.filter { !$0.path.isEmpty && $0.parent == directory && $0.identifier == identifier }
        switch choice {
        case .child: return select(children.first(where: \.isDirectory))
        case .elementary: return select(children.first { !$0.isDirectory })
        case .any:
            // Then the directory itself, and the directories beside and above it.
            let around = files.filter {
                $0.isDirectory && $0.identifier == identifier
                    && ($0.path == directory || $0.path == directory.dropLast() || $0.parent == directory.dropLast())
            }
            let inside = files.first { below && $0.identifier == identifier && !$0.path.isEmpty && $0.parent.dropLast() == directory[...] }
            return select(children.first ?? around.first ?? inside)
        }
    }

    /// Selects the directory above the current one; P1 = 03.
    mutating func selectParent() -> CardFile? {
        let parent = Array(directory.dropLast())
        return select(files.first { $0.isDirectory && $0.path == parent })
    }

    /// Selects by path, from the master file (P1 = 08) or from the current directory (P1 = 09).
    ///
    /// The master file's own identifier may stand in front of the former.
    mutating func select(path: [UInt16], fromMaster: Bool) -> CardFile? {
        let steps = fromMaster && path.first == CardFile.masterIdentifier ? Array(path.dropFirst()) : path
        let whole = fromMaster ? steps : directory + steps
        return select(files.first { $0.path == whole })
    }

    /// Selects a directory by its whole name; P1 = 04.
    mutating func select(name: [UInt8]) -> CardFile? { select(files.first { $0.name == name }) }

    /// Selects the elementary file of the current directory that has this short identifier; ISO/IEC 7816-4, 11.3.3.
    mutating func select(shortIdentifier: UInt8) -> CardFile? {
        let found = files.first { $0.parent == directory && !$0.isDirectory && $0.shortIdentifier == shortIdentifier }
        // The record pointer of the file that is current anyway stays.
        return found == current ? found : select(found)
    }

    @discardableResult
    private mutating func select(_ file: CardFile?) -> CardFile? {
        guard let file else { return nil }
        current = file
        directory = file.isDirectory ? file.path : file.parent
        record = nil
        return file
    }
}
