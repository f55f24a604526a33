import CRaqm
import Foundation

/// A font file in memory, where FreeType reads it for as long as anybody holds this.
@safe final class FontFile: @unchecked Sendable {
    // Written once, before anybody else sees it.
    private let bytes: UnsafeMutableBufferPointer<UInt8>

    /// Reads the file, and makes sure that it holds a font that can be scaled.
    ///
    /// - Throws: ``PictureError/fontUnreadable(_:)``, ``PictureError/refused(by:)``.
    init(reading path: String) throws(PictureError) {
        guard let file = try? Data(contentsOf: URL(filePath: path)), !file.isEmpty, file.count <= Self.maximumBytes else {
            throw .fontUnreadable(path)
        }
        unsafe bytes = .allocate(capacity: file.count)
        _ = unsafe bytes.initialize(fromContentsOf: file)
        let fonts = try FontLibrary()
        guard let face = unsafe fonts.face(of: self) else { throw .fontUnreadable(path) }
        let isScalable = unsafe face.pointee.face_flags & Self.scalable != 0
        unsafe FT_Done_Face(face)
        guard isScalable else { throw .fontUnreadable(path) }
    }

    deinit { unsafe bytes.deallocate() }

    /// Larger files are refused; those of all Chinese characters have 20 MB.
    private static let maximumBytes = 64 << 20
    /// FT_FACE_FLAG_SCALABLE: a macro with a shift.
    private static let scalable = 1

    fileprivate var start: UnsafePointer<UInt8>? { unsafe UnsafePointer(bytes.baseAddress) }
    fileprivate var count: Int { unsafe bytes.count }
}

/// FreeType, for one thread at a time.
@safe struct FontLibrary: ~Copyable {
    private let library: FT_Library

    /// - Throws: ``PictureError/refused(by:)`` when memory is short.
    init() throws(PictureError) {
        var library: FT_Library?
        guard unsafe FT_Init_FreeType(&library) == 0, let library = unsafe library else { throw .refused(by: "FT_Init_FreeType") }
        unsafe self.library = library
    }

    deinit { unsafe FT_Done_FreeType(library) }

    /// The first font of a file, to be given back with `FT_Done_Face`.
    func face(of file: FontFile) -> FT_Face? {
        var face: FT_Face?
        guard unsafe FT_New_Memory_Face(library, file.start, file.count, 0, &face) == 0 else { return nil }
        return unsafe face
    }
}
