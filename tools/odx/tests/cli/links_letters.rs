//! Links by letter: QR codes, a preview, and the rows of those who have not opened theirs.

use crate::links_environment::LinksEnvironment;
use rstest::rstest;
use serde_json::{Value, json};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

const PEOPLE: &str = "user_id;name;city\r\nann;Ann;\"Graz; Süd\"\r\nben;Ben;\r\n;;\r\ncem;Cem;Linz\r\n";

/// The text of the QR code in an image of `size` pixels.
fn read_code(size: usize, is_dark: impl Fn(usize, usize) -> bool) -> String {
    let mut image = rqrr::PreparedImage::prepare_from_greyscale(size, size, |x, y| if is_dark(x, y) { 0 } else { 255 });
    let grids = image.detect_grids();
    assert_eq!(grids.len(), 1, "one code");
    grids[0].decode().expect("a readable code").1
}

fn read_png(file: &Path) -> String {
    let mut decoder = png::Decoder::new(std::fs::File::open(file).expect("an image"));
    decoder.set_transformations(png::Transformations::EXPAND);
    let mut reader = decoder.read_info().expect("PNG");
    let mut pixels = vec![0; reader.output_buffer_size()];
    let info = reader.next_frame(&mut pixels).expect("pixels");
    let width = info.width as usize;
    read_code(width, |x, y| pixels[y * info.line_size + x] == 0)
}

/// Reads the squares that an SVG image draws: `M8 8h1v1H8V8`.
fn read_svg(file: &Path) -> String {
    let text = std::fs::read_to_string(file).expect("an image");
    let path = text.split(" d=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a path");
    let mut squares = Vec::new();
    for square in path.split('M').skip(1) {
        let numbers: Vec<usize> = square.split(|c: char| !c.is_ascii_digit()).filter_map(|n| n.parse().ok()).collect();
        squares.push((numbers[0], numbers[1], numbers[2], numbers[3]));
    }
    let size = squares.iter().map(|(x, _, width, _)| x + width).max().expect("squares") + 32;
    read_code(size, |px, py| squares.iter().any(|(x, y, w, h)| (*x..x + w).contains(&px) && (*y..y + h).contains(&py)))
}

#[rstest]
#[case::svg("", "svg", read_svg as fn(&Path) -> String)]
#[case::png("--qr-format png", "png", read_png as fn(&Path) -> String)]
#[tokio::test]
async fn each_link_has_a_qr_code_named_by_its_row(
    #[case] options: &str,
    #[case] extension: &str,
    #[case] read: fn(&Path) -> String,
) {
    let links = LinksEnvironment::new().await;
    let folder = links.environment.file("codes");
    links.create(PEOPLE, format!("--qr {} {options}", folder.display()).trim()).await.succeeds();
    let url = std::fs::read_to_string(links.environment.file("url")).unwrap();
    let written = std::fs::read_to_string(links.environment.file("people.links.csv")).unwrap();
    let mut table = csv::ReaderBuilder::new().delimiter(b';').from_reader(written.as_bytes());
    let rows: Vec<csv::StringRecord> = table.records().map(Result::unwrap).collect();
    let names: Vec<&str> = rows.iter().map(|row| &row[5]).collect();
    assert_eq!(names, [format!("1.{extension}"), format!("2.{extension}"), String::new(), format!("4.{extension}")]);
    for row in rows.iter().filter(|row| !row[5].is_empty()) {
        let image = folder.join(&row[5]);
        assert_eq!(read(&image), row[3], "the link of {}", &row[0]);
        assert!(row[3].starts_with(&url), "{}", &row[3]);
        assert_eq!(std::fs::metadata(image).unwrap().permissions().mode() & 0o777, 0o600);
    }
    assert_eq!(std::fs::read_dir(folder).unwrap().count(), 3);
}

#[tokio::test]
async fn names_of_qr_codes_sort_by_row() {
    let links = LinksEnvironment::new().await;
    let folder = links.environment.file("codes");
    let people = format!("name\n{}", "Ann\n".repeat(10));
    links.create(people, &format!("--qr {}", folder.display())).await.succeeds();
    assert!(folder.join("01.svg").exists());
    assert!(folder.join("10.svg").exists());
}

#[tokio::test]
async fn a_preview_shows_the_first_rows_and_creates_no_link() {
    let links = LinksEnvironment::new().await;
    let output = links.create(PEOPLE, "--preview 2 --json").await;
    output.says(&["2 of 3 links as the webchat would learn of them; none was created"]);
    let expected = json!([
        {"user_id": "ann", "attributes": {"name": "Ann", "city": "Graz; Süd"}},
        {"user_id": "ben", "attributes": {"name": "Ben"}},
    ]);
    assert_eq!(output.json(), expected);
    assert_eq!(links.list("").await, Vec::<Value>::new());
    let text = links.create(PEOPLE, "--preview 1").await.succeeds();
    assert_eq!(text, "user_id: ann\n  name: Ann\n  city: Graz; Süd\n");
}

/// An environment with links of the people, of which that of Ann is opened.
async fn with_one_opened() -> LinksEnvironment {
    let links = LinksEnvironment::new().await;
    links.create(PEOPLE, "--campaign spring").await.succeeds();
    let written = links.written();
    let url = written.lines().nth(1).and_then(|line| line.split(';').find(|cell| cell.starts_with("http")));
    links.open(url.expect("a link")).await;
    links
}

#[rstest]
#[tokio::test]
async fn the_rows_of_those_who_have_not_opened_their_links_have_the_columns_of_the_file(
    #[values("people.csv", "people.links.csv")] file: &str,
) {
    let links = with_one_opened().await;
    let path = links.environment.file(file);
    let join = format!("links list --campaign spring --not-opened --join {}", path.display());
    let output = links.environment.odx(&join).await;
    output.says(&["2 of 3 rows"]);
    let printed = output.succeeds();
    let original = std::fs::read_to_string(path).unwrap();
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
    let expected: Vec<String> = [0, 2, 4].map(|line| lines(&original)[line].clone()).to_vec();
    assert_eq!(lines(&printed), expected);
}

#[tokio::test]
async fn a_user_who_opened_one_of_two_links_is_not_among_those_who_opened_none() {
    let links = with_one_opened().await;
    links.create(PEOPLE, "--campaign autumn").await.succeeds();
    let path = links.environment.write("people.csv", PEOPLE);
    let printed = links.environment.odx(&format!("links list --not-opened --join {path}")).await.succeeds();
    let users: Vec<&str> = printed.lines().skip(1).filter_map(|line| line.split(';').next()).collect();
    assert_eq!(users, ["ben", "cem"]);
}

#[tokio::test]
async fn links_that_nobody_opened_can_be_listed() {
    let links = with_one_opened().await;
    assert_eq!(links.list("--campaign spring --not-opened").await.len(), 2);
    assert_eq!(links.list("--campaign spring").await.len(), 3);
}

#[tokio::test]
async fn a_table_without_ids_cannot_be_joined() {
    let links = with_one_opened().await;
    let path = links.environment.write("names.csv", "name\nAnn\n");
    links.environment.odx(&format!("links list --join {path}")).await.fails(&["neither a column `link_id`"]);
}
