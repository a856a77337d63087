#[derive(Debug,Clone,Copy,PartialEq,Eq,Default)]
pub enum NotifyEvery { #[default] Service, AtOnce, Every(std::time::Duration) }
impl std::str::FromStr for NotifyEvery { type Err = (); fn from_str(text:&str)->Result<Self,()> { match text { "at_once" => Ok(Self::AtOnce), "1h" => Ok(Self::Every(std::time::Duration::from_secs(3600))), _ => Err(()) } } }
