extension SecretPicture {
    /// Sky, weather and what grows.
    static let nature = drawn(
        """
        = sun / soleil
        line gold 5 50,6 50,94
        line gold 5 6,50 94,50
        line gold 5 19,19 81,81
        line gold 5 81,19 19,81
        disc orange 50 50 26
        disc gold 50 50 22

        = moon / lune
        blob gold 62,8 40,14 24,32 22,54 32,76 52,90 74,88 58,80 48,64 46,46 50,26

        = star / étoile
        area gold 50,6 61,38 95,38 68,58 78,92 50,71 22,92 32,58 5,38 39,38

        = cloud / nuage
        disc sky 32 54 18
        disc sky 52 42 22
        disc sky 72 54 17
        oval sky 52 62 40 12

        = rainbow / arc-en-ciel
        bend red 8 8,78 14,50 30,30 50,23 70,30 86,50 92,78
        bend orange 8 16,78 21,54 34,38 50,31 66,38 79,54 84,78
        bend gold 8 24,78 28,58 38,45 50,39 62,45 72,58 76,78
        bend green 8 32,78 35,62 41,52 50,47 59,52 65,62 68,78
        bend blue 8 40,78 42,66 45,59 50,55 55,59 58,66 60,78

        = lightning / éclair
        area gold 58,4 22,56 46,56 36,96 78,40 53,40 70,4

        = snowflake / flocon de neige
        line blue 5 50,8 50,92
        line blue 5 14,29 86,71
        line blue 5 14,71 86,29
        mirror line blue 4 50,24 38,14
        mirror line blue 4 50,76 38,86
        mirror line blue 4 27,37 12,41
        mirror line blue 4 27,37 25,21
        mirror line blue 4 27,63 12,59
        mirror line blue 4 27,63 25,79

        = tree / arbre
        area brown 43,56 57,56 60,94 40,94
        disc green 50 32 24
        disc green 30 46 18
        disc green 70 46 18
        disc green 50 52 18

        = fir tree / sapin
        area brown 44,80 56,80 56,95 44,95
        area forest 50,5 74,36 26,36
        area forest 50,22 80,60 20,60
        area forest 50,42 88,84 12,84

        = palm tree / palmier
        bend brown 8 44,94 46,70 52,50 56,34
        bend green 8 56,34 40,20 16,30
        bend green 8 56,34 34,32 18,50
        bend green 8 56,34 50,14 34,8
        bend green 8 56,34 68,14 86,16
        bend green 8 56,34 78,30 92,44
        bend green 8 56,34 72,42 78,58
        disc brown 52 40 5
        disc brown 61 40 5
        oval gold 46 94 34 4

        = flower / fleur
        line green 5 50,54 50,96
        oval green 36 82 14 6 30
        disc pink 50 17 13
        disc pink 31 30 13
        disc pink 69 30 13
        disc pink 38 52 13
        disc pink 62 52 13
        disc gold 50 36 12

        = tulip / tulipe
        line green 5 50,50 50,96
        blob green 48,94 30,78 26,54 42,72
        blob green 52,94 70,78 74,54 58,72
        area red 28,14 40,28 50,10 60,28 72,14 72,42 64,54 50,60 36,54 28,42

        = leaf / feuille
        blob green 80,10 46,18 22,44 22,74 30,80 56,74 78,50
        bend forest 4 10,94 28,76 50,48 72,20
        line forest 3 42,58 38,38
        line forest 3 42,58 62,58
        line forest 3 56,40 54,24
        line forest 3 56,40 72,42

        = mushroom / champignon
        blob cream 42,50 58,50 62,72 66,90 34,90 38,72
        blob red 8,54 14,28 34,12 50,9 66,12 86,28 92,54 50,60
        disc white 34 28 7
        disc white 60 24 6
        disc white 76 42 6
        disc white 48 44 7
        disc white 22 46 5

        = cactus / cactus
        bend green 12 50,54 30,54 24,46 24,32
        bend green 12 50,64 70,62 76,54 76,40
        line green 18 50,18 50,78
        area rust 28,76 72,76 66,96 34,96
        line forest 2 45,20 45,72
        line forest 2 55,20 55,72

        = mountain / montagne
        area grey 64,26 98,88 34,88
        area slate 36,10 78,88 2,88
        area white 36,10 47,32 40,28 35,36 30,28 24,33
        area white 64,26 72,40 66,38 61,44 57,38

        = volcano / volcan
        disc grey 40 14 9
        disc grey 54 10 10
        disc grey 66 18 8
        area brown 36,36 64,36 92,92 8,92
        area red 36,36 64,36 70,50 64,62 58,50 52,74 46,52 40,60 32,46
        line orange 5 50,36 50,24
        mirror line orange 4 44,34 38,24

        = flame / flamme
        blob orange 50,4 64,26 80,48 78,74 62,92 38,92 22,74 24,52 34,40 38,52 46,30
        blob gold 52,46 64,66 62,82 50,90 38,82 36,70 44,66

        = drop / goutte
        blob blue 50,5 62,30 76,54 76,74 64,90 50,94 36,90 24,74 24,54 38,30
        bend white 5 36,62 36,74 44,82

        = cherries / cerises
        bend forest 4 60,12 40,32 32,60
        bend forest 4 60,12 66,36 70,62
        blob green 60,12 74,6 94,16 80,26 66,22
        disc red 30 72 19
        disc red 70 74 19
        disc pink 24 66 5
        disc pink 64 68 5
        """)
}
