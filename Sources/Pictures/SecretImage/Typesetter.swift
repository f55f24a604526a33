import CRaqm

/// Text as glyphs: chosen by font, joined, and ordered where it runs from the right (libraqm).
///
/// libgd's own text, as Debian builds it, joins no Arabic letters and draws a box where a font has no character.
@safe struct Typesetter: ~Copyable {
    /// A glyph and where it stands, in 64ths of a pixel from the start of its line.
    struct Glyph: Equatable {
        /// Which of the fonts has it.
        let font: Int
        let index: UInt32
        let x, y: Int
    }

    /// One line of text, laid out from left to right.
    struct Line: Equatable {
        let text: String
        let size: Int
        let glyphs: [Glyph]
        /// How wide it is, in pixels.
        let width: Int
    }

    // Held, because the faces read their bytes.
    private let files: [FontFile]
    private let faces: [FT_Face]
    private let library: FontLibrary

    /// - Parameter files: the first that has a character draws it.
    /// - Throws: ``PictureError/refused(by:)`` when memory is short.
    init(_ files: [FontFile]) throws(PictureError) {
        let library = try FontLibrary()
        var faces = unsafe [FT_Face]()
        for file in files {
            guard let face = unsafe library.face(of: file) else {
                for font in unsafe faces.indices { unsafe FT_Done_Face(faces[font]) }
                throw .refused(by: "FT_New_Memory_Face")
            }
            unsafe faces.append(face)
        }
        self.library = library
        self.files = files
        unsafe self.faces = unsafe faces
    }

    deinit { for font in unsafe faces.indices { unsafe FT_Done_Face(faces[font]) } }

    /// The characters of a text that no font has, each once.
    func missing(in text: String) -> [String] {
        var missing: [String] = []
        for character in text where font(of: character) == nil && !missing.contains(String(character)) { missing.append(String(character)) }
        return missing
    }

    /// The first font that has all of a character, with its accents.
    private func font(of character: Character) -> Int? {
        unsafe faces.firstIndex { face in
            character.unicodeScalars.allSatisfy { unsafe FT_Get_Char_Index(face, UInt($0.value)) != 0 }
        }
    }

    /// Lays out one line.
    ///
    /// - Parameter size: the height of the letter box, in pixels.
    /// - Throws: ``PictureError/missingCharacters(_:)``, ``PictureError/refused(by:)``.
    func line(_ text: String, size: Int, isFromRight: Bool = false) throws(PictureError) -> Line {
        let missing = missing(in: text)
        guard missing.isEmpty else { throw .missingCharacters(missing) }
        let scalars = text.unicodeScalars.map(\.value)
        guard !scalars.isEmpty, let first = unsafe faces.first else { return Line(text: text, size: size, glyphs: [], width: 0) }
        for font in unsafe faces.indices { unsafe FT_Set_Pixel_Sizes(faces[font], 0, UInt32(clamping: size)) }
        guard let layout = unsafe raqm_create() else { throw .refused(by: "raqm_create") }
        defer { unsafe raqm_destroy(layout) }
        var isSet =
            unsafe raqm_set_text(layout, scalars, scalars.count)
            && raqm_set_par_direction(layout, isFromRight ? RAQM_DIRECTION_RTL : RAQM_DIRECTION_LTR)
            && raqm_set_freetype_face(layout, first)
            && raqm_set_freetype_load_flags(layout, Int32(CRAQM_LOAD))
        var start = 0
        for character in text {
            let count = character.unicodeScalars.count
            if let font = font(of: character), font > 0 {
                isSet = unsafe isSet && raqm_set_freetype_face_range(layout, faces[font], start, count)
            }
            start += count
        }
        guard isSet, unsafe raqm_layout(layout) else { throw .refused(by: "raqm_layout") }
        var count = 0
        guard let glyphs = unsafe raqm_get_glyphs(layout, &count) else { throw .refused(by: "raqm_get_glyphs") }
        var (x, set) = (0, [Glyph]())
        for number in 0..<count {
            let glyph = unsafe glyphs[number]
            // Glyph 0 is a font's box for what it does not have.
            guard unsafe glyph.index != 0, let font = unsafe faces.firstIndex(where: { unsafe $0 == glyph.ftface }) else {
                throw .missingCharacters([text])
            }
            unsafe set.append(Glyph(font: font, index: glyph.index, x: x + Int(glyph.x_offset), y: Int(glyph.y_offset)))
            unsafe x += Int(glyph.x_advance)
        }
        return Line(text: text, size: size, glyphs: set, width: (x + 63) / 64)
    }

    /// Draws a line whose letters stand on `baseline`.
    ///
    /// - Parameter opacity: how much of what is behind it a letter hides, 255 for all.
    /// - Throws: ``PictureError/refused(by:)``.
    func draw(
        _ line: Line, in image: borrowing GDImage, x: Int, baseline: Int, colour: Int32, opacity: UInt8 = 255
    ) throws(PictureError) {
        for font in unsafe faces.indices { unsafe FT_Set_Pixel_Sizes(faces[font], 0, UInt32(clamping: line.size)) }
        for glyph in line.glyphs {
            let face = unsafe faces[glyph.font]
            guard unsafe FT_Load_Glyph(face, glyph.index, Int32(CRAQM_LOAD_AND_RENDER)) == 0,
                let slot = unsafe face.pointee.glyph
            else { throw .refused(by: "FT_Load_Glyph") }
            let bitmap = unsafe slot.pointee.bitmap
            guard unsafe bitmap.width > 0, let pixels = unsafe bitmap.buffer else { continue }
            let left = unsafe x + (glyph.x + 32) >> 6 + Int(slot.pointee.bitmap_left)
            let top = unsafe baseline - (glyph.y + 32) >> 6 - Int(slot.pointee.bitmap_top)
            for row in 0..<(unsafe Int(bitmap.rows)) {
                for column in 0..<(unsafe Int(bitmap.width)) {
                    let coverage = unsafe pixels[row * Int(bitmap.pitch) + column]
                    let hidden = UInt8(UInt16(coverage) * UInt16(opacity) / 255)
                    if hidden > 0 { image.blend(x: left + column, y: top + row, colour: colour, coverage: hidden) }
                }
            }
        }
    }
}
