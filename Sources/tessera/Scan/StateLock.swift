import Emulation

/// One program's time with a state file, from reading it to writing it: two at once would spend the same thing twice.
enum StateLock {
    /// Waits up to ten seconds for whoever has the file.
    ///
    /// - Throws: ``Failure``; `CancellationError`.
    static func taking(_ name: String) async throws -> LockedFile {
        let file: LockedFile? = try await waiting {
            do { return try LockedFile.locking(name) } catch {
                throw Failure("cannot write beside \"\(name)\"", hint: "check the folder and its rights", exit: .environment)
            }
        }
        if let file { return file }
        throw Failure("another program is using \"\(name)\"", hint: "let it finish, then repeat", exit: .environment)
    }

    /// Opens a device's file, waiting as long.
    ///
    /// - Throws: ``Emulation/DeviceStateError``; `CancellationError`.
    static func opening(_ name: String) async throws -> DeviceStateFile {
        let file: DeviceStateFile? = try await waiting {
            do throws(DeviceStateError) { return try DeviceStateFile.open(at: name) } catch {
                if case .locked = error { return nil }
                throw error
            }
        }
        guard let file else { throw DeviceStateError.locked(name) }
        return file
    }

    private static func waiting<File>(_ take: () throws -> File?) async throws -> File? {
        for _ in 0..<100 {
            if let file = try take() { return file }
            try await Task.sleep(for: .milliseconds(100))
        }
        return nil
    }
}
