import HTTPDoor
import Logging
import SwiftASN1
import Synchronization
import Verification

/// The lists and answers that `revocation` names: each is read anew once another stands in its place.
///
/// One that cannot be read, or holds nothing that is known, is told of, and what was read before still counts: it says itself how long.
final class RevocationFiles: Sendable {
    private struct State {
        var files: [RevocationFile]
        var sources: RevocationSources
        /// Whether somebody reads; all others go on with what there is.
        var isReading = false
    }

    private let state: Mutex<State>

    /// Reads them for the first time.
    ///
    /// - Throws: ``ServeConfigurationError``, ``Failure``.
    init(lists: [String], responses: [String]) throws {
        var files = try lists.map { try RevocationFile(reading: $0, isList: true) }
        files += try responses.map { try RevocationFile(reading: $0, isList: false) }
        state = Mutex(State(files: files, sources: RevocationSources(joining: files.map(\.sources))))
    }

    /// What they say now.
    ///
    /// - Parameter logger: is told, once, of each that was replaced.
    func current(telling logger: Logger) -> RevocationSources {
        let (known, files) = state.withLock { state -> (RevocationSources, [RevocationFile]?) in
            guard !state.isReading, state.files.contains(where: \.isReplaced) else { return (state.sources, nil) }
            state.isReading = true
            return (state.sources, state.files)
        }
        // Outside of the lock: a list may have 16 MiB.
        guard let files else { return known }
        let read = files.map { $0.isReplaced ? $0.readAnew(telling: logger) : $0 }
        return state.withLock { state in
            state = State(files: read, sources: RevocationSources(joining: read.map(\.sources)))
            return state.sources
        }
    }
}

/// One file with lists or an answer, as it was read.
private struct RevocationFile: Sendable {
    private let name: String
    private let isList: Bool
    /// Of what was read last, and of what could not be read or is nothing, which is told once.
    private var (stamp, told): (FileStamp?, FileStamp??) = (nil, nil)
    private(set) var sources: RevocationSources

    init(reading name: String, isList: Bool) throws {
        self.name = name
        self.isList = isList
        // Before it is read: what comes later is another one.
        stamp = FileStamp(of: name)
        sources = try Self.sources(in: name, isList: isList)
    }

    /// Whether another file stands there, or none.
    var isReplaced: Bool { FileStamp(of: name) != stamp }

    func readAnew(telling logger: Logger) -> RevocationFile {
        let seen = FileStamp(of: name)
        do {
            let new = try RevocationFile(reading: name, isList: isList)
            logger.notice("\"\(name)\" was replaced, and read anew")
            return new
        } catch {
            var same = self
            // What is nothing stays so; what cannot be read may be a moment later.
            if error is ServeConfigurationError { same.stamp = seen }
            guard !(error is CancellationError), told != .some(seen) else { return same }
            same.told = .some(seen)
            logger.error("\((error as? Failure)?.message ?? "\(error)"); what was read before still counts")
            return same
        }
    }

    private static func sources(in name: String, isList: Bool) throws -> RevocationSources {
        let bytes = try InputFile.read(name, limit: isList ? 16 << 20 : 1 << 20)
        guard isList else {
            do { return try RevocationSources(responses: [bytes]) } catch {
                throw ServeConfigurationError(
                    .malformed, "revocation.responses", "\"\(name)\" holds no answer of an OCSP responder that succeeded, in DER",
                    hint: "openssl ocsp -respin FILE -resp_text -noverify")
            }
        }
        do {
            let isText = String(validating: bytes, as: UTF8.self)?.contains("-----BEGIN") == true
            return try RevocationSources(
                lists: isText
                    ? PEMDocument.parseMultiple(pemString: String(decoding: bytes, as: UTF8.self)).map(\.derBytes) : [bytes])
        } catch {
            throw ServeConfigurationError(
                .malformed, "revocation.lists", "\"\(name)\" holds no list of certificates that were taken back, in PEM or DER",
                hint: "openssl crl -in FILE -noout -text")
        }
    }
}
