//! The QR codes of a new campaign.

use super::Person;
use super::new_campaign::{TABLE, create, environment, table};
use std::io::{Cursor, Read as _};

#[tokio::test]
async fn qr_codes_lead_to_the_links_and_are_named_as_in_the_table() {
    let (env, acme) = environment().await;
    let person = Person::sign_in(&env, &acme.tenant.id, &acme.account.id).await;
    let file = table(create(&person, TABLE).await.text());
    let urls: Vec<_> = file.lines().skip(1).map(|line| line.split(';').nth(3).expect("a url")).collect();
    let fields = [("campaign", "spring"), ("urls", &urls.join(" ")), ("part", "0")];
    let response = person.submit("/console/new-campaign/qr", &fields).await;
    assert_eq!(response.header("content-disposition"), "attachment; filename=\"spring-qr-1.zip\"");
    let mut zip = zip::ZipArchive::new(Cursor::new(&response.body)).expect("a zip file");
    let names: Vec<_> = zip.file_names().map(|name| name.expect("a name").into_owned()).collect();
    assert_eq!(names, ["1.png", "3.png"]);
    let mut image = Vec::new();
    zip.by_name("3.png").expect("an image").read_to_end(&mut image).expect("bytes");
    let image = decode(&image);
    assert_eq!(image, urls[2]);
}

/// The text of a QR code in a PNG.
fn decode(png: &[u8]) -> String {
    let mut decoder = png::Decoder::new(Cursor::new(png));
    decoder.set_transformations(png::Transformations::EXPAND);
    let mut reader = decoder.read_info().expect("an image");
    let mut pixels = vec![0; reader.output_buffer_size()];
    let info = reader.next_frame(&mut pixels).expect("pixels");
    let (width, height) = (info.width as usize, info.height as usize);
    let mut image = rqrr::PreparedImage::prepare_from_greyscale(width, height, |x, y| pixels[y * width + x]);
    image.detect_grids()[0].decode().expect("a code").1
}
